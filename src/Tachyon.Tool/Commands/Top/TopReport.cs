using Tachyon.Tool.Commands.Top.Methods;

namespace Tachyon.Tool.Commands.Top;

/// <summary>What <c>tachyon top</c> shows; with <c>--json</c> in these words.</summary>
internal sealed record TopReport(
    DateTime Time, double IntervalSeconds, SummaryReport Summary, IReadOnlyList<ConnectionReport> Connections, UnseenReport Unseen)
{
    /// <summary>The busiest first; null when they were not asked for.</summary>
    public IReadOnlyList<MethodReport>? Methods { get; init; }
}

/// <summary>All connections that match the filters, in one line.</summary>
/// <param name="Connections">How many there are.</param>
/// <param name="FilteredOut">Further ones, which the filters leave out.</param>
/// <param name="Processes">That have one of them mapped.</param>
/// <param name="BytesPerSecond">Both directions together.</param>
/// <param name="ParksPerSecond">Of both sides.</param>
/// <param name="WakeUpsPerSecond">Sent by both sides.</param>
internal sealed record SummaryReport(
    int Connections, int FilteredOut, int Processes, double BytesPerSecond, double ParksPerSecond, double WakeUpsPerSecond);

/// <summary>What this user may not see.</summary>
/// <param name="Processes">Processes that could not be looked at.</param>
/// <param name="Connections">Connections that are shown without figures.</param>
/// <param name="Messages">The same in sentences, with the cure.</param>
internal sealed record UnseenReport(int Processes, int Connections, IReadOnlyList<string> Messages);

/// <summary>One connection.</summary>
/// <param name="Memory">Inode of its memory.</param>
/// <param name="Path">Of the server's socket as the server sees it, or @name; null for a server that does not tell. By the server's
/// word.</param>
/// <param name="AgeSeconds">Since the sides began; null when they do not tell, or what they tell can't be true.</param>
/// <param name="Protocol"><c>direct</c> for direct mode, <c>stream</c> for what else goes over a connection, which is HTTP/2 as a rule;
/// null when the memory may not be read. By the server's word.</param>
/// <param name="Processes">Who has it mapped, by the kernel's word.</param>
/// <param name="Server">Null when it can't be told.</param>
/// <param name="Client">Null when it can't be told.</param>
/// <param name="ToServer">Ring 0; null when the memory may not be read.</param>
/// <param name="ToClient">Ring 1; null when the memory may not be read.</param>
/// <param name="Notes">What is odd about it.</param>
internal sealed record ConnectionReport(
    ulong Memory,
    string? Path,
    double? AgeSeconds,
    string? Protocol,
    IReadOnlyList<ProcessReport> Processes,
    SideReport? Server,
    SideReport? Client,
    RingReport? ToServer,
    RingReport? ToClient,
    IReadOnlyList<string> Notes)
{
    internal const string DirectMode = "direct";
    internal const string ByteStream = "stream";

    /// <summary>Both directions; 0 when it is not known.</summary>
    internal double Throughput => (ToServer?.BytesPerSecond ?? 0) + (ToClient?.BytesPerSecond ?? 0);
}

internal sealed record ProcessReport(int ProcessId, string Name, uint UserId, string User);

/// <summary>
/// One side of a connection. The process is null when it may not be seen, the mode (adaptive, park or spin) for a side that keeps no
/// statistics, the rates at the first sight of the connection. The own process id is the pid as this side sees itself.
/// </summary>
internal sealed record SideReport(
    ProcessReport? Process,
    int OwnProcessId,
    string? Mode,
    ulong Parks,
    ulong WakeUpsSent,
    ulong WakeUpsReceived,
    double? ParksPerSecond,
    double? WakeUpsSentPerSecond,
    double? WakeUpsReceivedPerSecond);

/// <summary>One ring. Used and fill are null when the words in it can't be those of a ring.</summary>
internal sealed record RingReport(int Capacity, long? Used, double? Fill, ulong Bytes, double? BytesPerSecond, string State);
