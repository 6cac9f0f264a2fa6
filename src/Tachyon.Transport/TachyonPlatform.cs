using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport;

/// <summary>Says whether this machine and this process can run the transport.</summary>
/// <remarks>Thread-safe.</remarks>
public static class TachyonPlatform
{
    /// <summary>
    /// The environment variable that turns shared memory off in a process: <c>off</c>. Empty, <c>on</c>, <c>true</c>, <c>yes</c> and
    /// <c>1</c> leave it on. Any other value turns it off, too: a switch with a misspelled value must not do nothing. Read each time that
    /// listening starts and each time that a client connects.
    /// </summary>
    public const string SharedMemoryVariable = "TACHYON_SHARED_MEMORY";

    private static readonly string[] s_on = ["on", "true", "yes", "1"];

    /// <summary>True on 64-bit little-endian Linux.</summary>
    public static bool IsSupported
        => SimulatedSystem is null && OperatingSystem.IsLinux() && Environment.Is64BitProcess && BitConverter.IsLittleEndian;

    /// <summary>For tests: the system that this process takes its own for, where that is not Linux. Set before anything else.</summary>
    internal static string? SimulatedSystem { get; set; }

    /// <summary>The operator's switch, as a reason; null where it does not turn shared memory off.</summary>
    internal static string? TurnedOff
        => Environment.GetEnvironmentVariable(SharedMemoryVariable)?.Trim() is { Length: > 0 } value
            && !s_on.Contains(value, StringComparer.OrdinalIgnoreCase)
            ? $"the environment variable {SharedMemoryVariable} is '{value}'" : null;

    private static string Unsupported
        => "Tachyon needs 64-bit Linux for memfd, eventfd and epoll; this is " +
            $"{SimulatedSystem ?? RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture})";

    /// <summary>Does nothing on a supported machine.</summary>
    /// <exception cref="PlatformNotSupportedException">Not 64-bit little-endian Linux.</exception>
    public static void ThrowIfUnsupported()
    {
        if (!IsSupported)
        {
            throw new PlatformNotSupportedException($"{Unsupported}: use a Unix socket or TCP endpoint here.");
        }
    }

    /// <summary>
    /// What keeps a client in this process from shared memory: its system, or <see cref="SharedMemoryVariable"/>.
    /// </summary>
    /// <returns>The reason, as the end of a sentence without its full stop; null where nothing does.</returns>
    public static string? FindClientObstacle() => IsSupported ? TurnedOff : Unsupported;

    /// <summary>
    /// What keeps a server in this process from shared memory: its system, <see cref="SharedMemoryVariable"/>, or a system call that a
    /// sandbox or an old kernel refuses. The system calls are tried out once for a process.
    /// </summary>
    /// <returns>The reason, as the end of a sentence without its full stop; null where nothing does.</returns>
    public static string? FindServerObstacle() => FindClientObstacle() ?? SystemCallProbe.Refused;
}
