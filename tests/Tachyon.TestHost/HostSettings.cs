using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost;

/// <summary>What a child process is for.</summary>
public enum HostRole
{
    /// <summary>Serves the test services at the path until it is killed.</summary>
    Server,

    /// <summary>Serves as <see cref="Server"/> does, and takes the path over from a server that runs there.</summary>
    Successor,

    /// <summary>Makes verified calls, with and without retries, while its servers are restarted, and reports by command.</summary>
    RestartLoad,

    /// <summary>Serves as <see cref="Server"/> does, counts its handlers and keeps its errors.</summary>
    CountingServer,

    /// <summary>Opens calls of every kind at the path and keeps them open until it is killed.</summary>
    Client,

    /// <summary>Makes calls at the path and reports how they ended.</summary>
    Caller,

    /// <summary>Opens and closes connections to a server of its own by command.</summary>
    Cycles,

    /// <summary>Serves with a ledger until SIGTERM, and reports the ledger.</summary>
    LedgerServer,

    /// <summary>Starts and stops hosts with a ledger by command, and reports each one's ledger.</summary>
    LedgerHosts,

    /// <summary>Loads a server with calls of every kind by command, until each of its workers was turned away.</summary>
    LedgerLoad,

    /// <summary>Disposes channels in the middle of calls of every kind by command, and reports how the calls ended.</summary>
    Disposer,

    /// <summary>Serves the test services until it is killed, and reports its heap by command.</summary>
    SoakServer,

    /// <summary>Makes verified calls of every kind and size at several servers, and reports by command.</summary>
    SoakClient,

    /// <summary>A server that hostile clients attack; reports what it logged.</summary>
    VictimServer,

    /// <summary>A client that a hostile server attacks; reports how its calls ended.</summary>
    VictimClient,

    /// <summary>Keeps a mixed load of checked calls going at the path.</summary>
    Load,

    /// <summary>Makes a mixed load of checked calls on one channel by command, and reports how they ended.</summary>
    CommandedLoad,

    /// <summary>Serves as <see cref="Server"/> does, with a small thread pool and handlers that block when asked to.</summary>
    StarvedServer,

    /// <summary>Serves as <see cref="Server"/> does, and root may call as well: for a server of another user than the tests.</summary>
    ServerForRoot,

    /// <summary>Serves and knows its callers, until it is killed.</summary>
    CallersServer,

    /// <summary>Asks a server for whom it takes it, tries what it may do, and reports.</summary>
    Asker,
}

/// <summary>The parameters of a child process, as the parent puts them into its environment.</summary>
public sealed record HostSettings(HostRole Role, TransportKind Transport, string Path)
{
    /// <summary>The first word of the line that says that the child is up.</summary>
    public const string ReadyLine = "ready";

    /// <summary>The first word of the line that carries the child's result.</summary>
    public const string ResultLine = "result";

    private const string RoleVariable = "TACHYON_TESTHOST_ROLE";
    private const string TransportVariable = "TACHYON_TESTHOST_TRANSPORT";
    private const string PathVariable = "TACHYON_TESTHOST_PATH";

    public static HostSettings FromEnvironment()
        => new(Enum.Parse<HostRole>(Get(RoleVariable)), Enum.Parse<TransportKind>(Get(TransportVariable)), Get(PathVariable));

    public Dictionary<string, string> ToEnvironment() => new()
    {
        [RoleVariable] = Role.ToString(),
        [TransportVariable] = Transport.ToString(),
        [PathVariable] = Path,
    };

    private static string Get(string variable)
        => Environment.GetEnvironmentVariable(variable)
            ?? throw new InvalidOperationException($"The test host is started by the tests; {variable} is not set.");
}
