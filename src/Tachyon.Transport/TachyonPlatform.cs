using System.Runtime.InteropServices;

namespace Tachyon.Transport;

/// <summary>Says whether this machine can run the transport.</summary>
public static class TachyonPlatform
{
    /// <summary>True on 64-bit little-endian Linux.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess && BitConverter.IsLittleEndian;

    /// <summary>Does nothing on a supported machine.</summary>
    /// <exception cref="PlatformNotSupportedException">Not 64-bit little-endian Linux.</exception>
    public static void ThrowIfUnsupported()
    {
        if (!IsSupported)
        {
            throw new PlatformNotSupportedException(
                "Tachyon needs 64-bit Linux for memfd, eventfd and epoll; this is " +
                $"{RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture}): use a Unix socket or TCP endpoint here.");
        }
    }
}
