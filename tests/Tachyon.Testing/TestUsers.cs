namespace Tachyon.Testing;

/// <summary>The user that plays another user than the one that runs the tests, and what lets it connect.</summary>
public static class TestUsers
{
    /// <summary>The overflow uid of the kernel, often named nobody: every system has it, and no file belongs to it.</summary>
    public const uint Overflow = 65_534;

    /// <summary>0666: every user may connect to a socket of this mode.</summary>
    public const UnixFileMode AllMayConnect = (UnixFileMode)0b110_110_110;
}
