using Tachyon.TestPeer;
using Tachyon.TestPeer.Hostile;
using Tachyon.Transport;

// The other process of the cross-process tests: role, path of the socket, wait mode, argument of the role.
// It reports by lines on its output, takes commands by lines on its input, and ends when its input closes, so that it never
// outlives the test run.
var role = args[0];
if (role == "under-profile")
{
    // Profile, then the command that takes this process over.
    SeccompLoader.Run(args[1], args[2..]);
}

var path = args[1];
var mode = args.Length > 2 ? Enum.Parse<TachyonWaitMode>(args[2]) : TachyonWaitMode.Adaptive;
var argument = args.Length > 3 ? args[3] : "";

Action<string>? command = null;
switch (role)
{
    case "serve":
        await ServerRoles.StartAsync(path, mode, argument).ConfigureAwait(false);
        break;
    case "serve-users":
        ServerRoles.ServeUsers(path, mode, argument);
        break;
    case "unread-replies":
        await HandshakeFlood.LeaveUnreadAsync(path, argument).ConfigureAwait(false);
        break;
    case "half-handshakes":
        command = HandshakeFlood.Run;
        HandshakeFlood.Start(path);
        break;
    case "starve":
        await ServerRoles.StartAsync(path, mode, "echo").ConfigureAwait(false);
        command = Starvation.Run;
        break;
    case "connect-starved":
        command = new StarvedConnect(path).Run;
        ServerRoles.Report("ready");
        break;
    case "connect":
        await ClientRoles.ConnectAsync(path, mode, argument).ConfigureAwait(false);
        break;
    case "half-hello":
        ClientRoles.SendHalfHello(path);
        break;
    case "jam":
        await JammedDoorbell.RunAsync(path).ConfigureAwait(false);
        break;
    case "send-descriptors":
        await DescriptorSender.RunAsync(path).ConfigureAwait(false);
        break;
    case "hold-lock":
        await LockHolder.AttackAsync(path).ConfigureAwait(false);
        break;
    case "hold-lock-server":
        await LockHolder.LureAsync(path).ConfigureAwait(false);
        break;
    case "linger":
        await LingerRoles.AttackAsync(path, argument).ConfigureAwait(false);
        command = LingerRoles.Run;
        break;
    case "linger-server":
        LingerRoles.Lure(path, argument);
        command = LingerRoles.Run;
        break;
    case "hoard-memory":
        await MemoryHoarder.RunAsync(path, argument).ConfigureAwait(false);
        command = MemoryHoarder.Run;
        break;
    case "keep-lifeline":
        await MemoryHoarder.KeepAsync(path).ConfigureAwait(false);
        break;
    case "silent":
        ClientRoles.StaySilent(path, int.Parse(argument, System.Globalization.CultureInfo.InvariantCulture));
        break;
    case "mute-server":
        ServerRoles.ListenWithoutAnswer(path);
        break;
    case "churn-server":
        ChurnServer.Start(path, mode);
        command = ChurnCommands.Collect;
        break;
    case "churn-client":
        ServerRoles.Report("ready");
        command = new ChurnClient(path, mode).Run;
        break;
    case "close-often":
        command = new CloseOften(path, argument).Run;
        ServerRoles.Report("ready");
        break;
    case "victim-server":
        VictimRoles.Serve(path, mode, argument);
        command = EndTally.Run;
        break;
    case "victim-client":
        VictimRoles.Connect(path, mode, argument);
        command = EndTally.Run;
        break;
    case "hostile-client":
        HostileRoles.Attack(path, argument);
        break;
    case "hostile-server":
        HostileRoles.Lure(path, argument);
        break;
    case "hoard":
        await StreamHoarder.RunAsync(path, argument).ConfigureAwait(false);
        break;
    case "start-often":
        SocketFileRoles.StartOften(path, argument);
        break;
    case "exchange-socket-file":
        SocketFileRoles.Exchange(path, argument);
        break;
    case "storm":
        await HostileRoles.StormAsync(path).ConfigureAwait(false);
        break;
    case "rewriter":
        await RewriterRole.StartAsync(path, int.Parse(argument, System.Globalization.CultureInfo.InvariantCulture)).ConfigureAwait(false);
        command = RewriterRole.Run;
        break;
    case "rewriting-caller":
        RewriterRole.StartCalls(path);
        command = RewriterRole.Run;
        break;
    case "raw-hello":
        await ClientRoles.SayHelloAsync(path).ConfigureAwait(false);
        break;
    case "dispose-race":
        ServerRoles.Report("ready");
        _ = DisposeRace.RunAsync(path, mode, rounds: int.Parse(argument, System.Globalization.CultureInfo.InvariantCulture));
        break;
    case "exchange":
        await Exchange.StartAsync(path, connect: true).ConfigureAwait(false);
        command = Exchange.Run;
        break;
    case "exchange-later":
        await Exchange.StartAsync(path, connect: false).ConfigureAwait(false);
        command = Exchange.Run;
        break;
    case "patient-client":
        await Exchange.StartAsync(path, connect: false, TimeSpan.FromHours(1)).ConfigureAwait(false);
        command = Exchange.Run;
        break;
    case "patient-server":
        PressedServer.Start(path, TimeSpan.FromHours(1));
        command = PressedServer.Run;
        break;
    case "handshake-server":
        HandshakeRoles.Serve(path, mode, argument);
        command = ChurnCommands.Collect;
        break;
    case "handshake-client":
        HandshakeRoles.StartClient(mode);
        command = HandshakeRoles.RunClient;
        break;
    case "pressed-server":
        PressedServer.Start(path);
        command = PressedServer.Run;
        break;
    case "make-socket":
        SocketMaker.Start(path);
        break;
    case "serve-inherited":
        _ = PressedServer.ServeInheritedAsync(path);
        break;
    case "forbidden":
        Forbidden.TryAll();
        break;
    case "steps":
        command = TracedSteps.Run;
        ServerRoles.Report("ready");
        break;
    default:
        throw new ArgumentException($"Unknown role '{role}'.");
}

// On the main thread, not in the pool: the starved role must still hear its commands.
while (Console.ReadLine() is { } line)
{
    command?.Invoke(line);
}

// At once: nothing is to be closed in order here.
Environment.Exit(0);
