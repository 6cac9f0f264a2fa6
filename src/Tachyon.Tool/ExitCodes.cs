namespace Tachyon.Tool;

/// <summary>Of every command; docs/tool.md and the help say so too.</summary>
internal static class ExitCodes
{
    internal const int Success = 0;

    /// <summary>The operation failed, or a problem was found.</summary>
    internal const int Failure = 1;

    /// <summary>The command line can't be understood.</summary>
    internal const int Usage = 2;

    /// <summary>Stopped by SIGINT (Ctrl-C) or SIGTERM before the end.</summary>
    internal const int Interrupted = 130;

    internal const string Help = "Exit codes: 0 success, 1 failure, 2 usage error, 130 interrupted.";
}
