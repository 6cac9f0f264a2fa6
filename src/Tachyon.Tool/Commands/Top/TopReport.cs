namespace Tachyon.Tool.Commands.Top;

/// <summary>What <c>tachyon top</c> shows; with <c>--json</c> in these words.</summary>
internal sealed record TopReport(DateTime Time, double IntervalSeconds, IReadOnlyList<ConnectionReport> Connections, UnseenReport Unseen);

/// <summary>What this user may not see.</summary>
/// <param name="Processes">Processes that could not be looked at.</param>
/// <param name="Connections">Connections that are shown without figures.</param>
/// <param name="Messages">The same in sentences, with the cure.</param>
internal sealed record UnseenReport(int Processes, int Connections, IReadOnlyList<string> Messages);

/// <summary>One connection.</summary>
/// <param name="Memory">Inode of its memory.</param>
/// <param name="Processes">Who has it mapped, by the kernel's word.</param>
/// <param name="Server">Null when it can't be told.</param>
/// <param name="Client">Null when it can't be told.</param>
/// <param name="ToServer">Ring 0; null when the memory may not be read.</param>
/// <param name="ToClient">Ring 1; null when the memory may not be read.</param>
/// <param name="Notes">What is odd about it.</param>
internal sealed record ConnectionReport(
    ulong Memory,
    IReadOnlyList<ProcessReport> Processes,
    SideReport? Server,
    SideReport? Client,
    RingReport? ToServer,
    RingReport? ToClient,
    IReadOnlyList<string> Notes);

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
