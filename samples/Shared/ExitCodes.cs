namespace Samples;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A check or a process failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The code that shells report for a program that Ctrl-C ended.</summary>
    public const int Canceled = 130;
}
