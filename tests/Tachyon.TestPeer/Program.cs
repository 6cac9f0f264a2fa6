using Tachyon.TestPeer;
using Tachyon.Transport;

// The other process of the cross-process tests: role, path of the socket, wait mode, argument of the role.
// It reports by lines on its output, takes commands by lines on its input, and ends when its input closes, so that it never
// outlives the test run.
string role = args[0];
if (role == "under-profile")
{
    // Profile, then the command that takes this process over.
    SeccompLoader.Run(args[1], args[2..]);
}

string path = args[1];
TachyonWaitMode mode = args.Length > 2 ? Enum.Parse<TachyonWaitMode>(args[2]) : TachyonWaitMode.Adaptive;
string argument = args.Length > 3 ? args[3] : "";

Action<string>? command = null;
switch (role)
{
    case "serve":
        await ServerRoles.StartAsync(path, mode, argument).ConfigureAwait(false);
        break;
    case "starve":
        await ServerRoles.StartAsync(path, mode, "echo").ConfigureAwait(false);
        command = Starvation.Run;
        break;
    case "connect":
        await ClientRoles.ConnectAsync(path, mode, argument).ConfigureAwait(false);
        break;
    case "half-hello":
        ClientRoles.SendHalfHello(path);
        break;
    case "mute-server":
        ServerRoles.ListenWithoutAnswer(path);
        break;
    case "dispose-race":
        ServerRoles.Report("ready");
        _ = DisposeRace.RunAsync(path, mode, rounds: int.Parse(argument, System.Globalization.CultureInfo.InvariantCulture));
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
