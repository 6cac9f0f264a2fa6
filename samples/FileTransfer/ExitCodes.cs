namespace FileTransfer;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A file differs, a process failed, or a socket was where none may be.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>What shells report for a program that Ctrl-C ended.</summary>
    public const int Cancelled = 130;
}
