using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Tests.Support;

/// <summary>A child process that runs a role of Tachyon.TestPeer.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly ChildProgram _program;

    private Peer(ChildProgram program) => _program = program;

    internal int Id => _program.Id;

    internal static async Task<Peer> StartAsync(
        string role, string path, TachyonWaitMode mode = TachyonWaitMode.Adaptive, string argument = "", int? reactors = null)
    {
        var peer = Start([role, path, mode.ToString(), argument], reactors: reactors);
        Assert.Equal("ready", await peer.ReadLineAsync());
        return peer;
    }

    /// <summary>Starts the role "connect"; the caller reads what came of it.</summary>
    internal static Peer StartClient(
        string path, TachyonWaitMode mode = TachyonWaitMode.Adaptive, string argument = "", uint? user = null, uint[]? groups = null)
        => Start(["connect", path, mode.ToString(), argument], user, groups);

    /// <summary>Starts the role "raw-hello" as another user; the caller reads what came of it.</summary>
    internal static Peer StartRawHello(string path, uint user) => Start(["raw-hello", path], user);

    /// <summary>Starts a process that wants its server to wait in the doorbells.</summary>
    internal static Peer StartJamming(string path, uint user) => Start(["jam", path], user);

    /// <summary>Starts a client that sends descriptors where none are due.</summary>
    internal static Peer StartDescriptorSender(string path, uint user) => Start(["send-descriptors", path], user);

    /// <summary>Starts a process that connects that often and says nothing.</summary>
    internal static Peer StartSilent(string path, int count, uint user)
        => Start(["silent", path, nameof(TachyonWaitMode.Park), count.ToString(System.Globalization.CultureInfo.InvariantCulture)], user);

    /// <summary>Starts a server as another user; the caller reads whether it could listen.</summary>
    internal static Peer StartServer(string path, uint user) => Start(["pressed-server", path], user);

    internal Task<string?> ReadLineAsync() => _program.ReadLineAsync();

    /// <summary>Sends a command and waits until it is done.</summary>
    internal async Task DoAsync(string command)
    {
        Send(command);
        Assert.Equal($"done {command}", await ReadLineAsync());
    }

    internal void Send(string command) => _program.Send(command);

    internal void Signal(int signal) => _program.Signal(signal);

    internal void Kill() => _program.Kill();

    internal Task WaitForExitAsync() => _program.WaitForExitAsync();

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static Peer Start(string[] arguments, uint? user = null, uint[]? groups = null, int? reactors = null)
        => new(ChildProgram.Start("Tachyon.TestPeer", arguments, user, groups: groups, environment: reactors is null ? null :
            [new(Reactors.Variable, reactors.Value.ToString(System.Globalization.CultureInfo.InvariantCulture))]));
}
