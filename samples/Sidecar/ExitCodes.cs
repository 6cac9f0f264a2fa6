namespace Sidecar;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A process failed, an answer was wrong, or the probe found the application not serving.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>What shells report for a program that Ctrl-C ended.</summary>
    public const int Cancelled = 130;
}
