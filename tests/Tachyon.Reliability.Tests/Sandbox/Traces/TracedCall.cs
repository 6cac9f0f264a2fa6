namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>One system call of a trace, as the table of docs/syscalls.md names it.</summary>
/// <param name="Phase">The phase that it began in.</param>
/// <param name="Thread">The name of the thread that made it.</param>
/// <param name="Name">The call, with its operation where it has one: "epoll_ctl ADD".</param>
/// <param name="On">What it acts on: "memfd", "eventfd", "region", a path, …</param>
/// <param name="Line">What strace wrote.</param>
internal sealed record TracedCall(string Phase, string Thread, string Name, string On, string Line)
{
    /// <summary>In place of what a call acts on that had not ended when the trace was read.</summary>
    internal const string Unfinished = "unfinished";

    /// <summary>Acts on an object that only the transport makes, or is the wait of its thread.</summary>
    internal bool IsCertainlyOurs
        => On is "memfd" or "region" or "eventfd" or "lifeline" or "socket" or "socket file" or "directory" || (Name == "epoll_wait" && Thread == "Tachyon reactor");

    /// <summary>Speaks with the test that commands the process.</summary>
    internal bool IsOfTheTest => On == "the test" || Name == "getgid";

    public override string ToString() => $"{Phase}: {Name} on {On}, by \"{Thread}\": {Line}";
}
