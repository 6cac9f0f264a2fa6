using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Tool.Commands.Doctor;

/// <summary>What the transport needs of the kernel, each tried out: a version says nothing about a sandbox.</summary>
internal static unsafe class KernelChecks
{
    private const int NoProtocolOption = 92; // ENOPROTOOPT
    private static readonly Version s_oldest = new(4, 14);

    internal static IEnumerable<Finding> All()
    {
        yield return Architecture();
        yield return Version();
        yield return Memory();
        yield return NoExec();
        yield return FutureWrite();
        yield return Eventfd();
        yield return Epoll();
        yield return PeerGroups();
    }

    private static Finding Architecture()
    {
        const string Check = "architecture";
        var architecture = RuntimeInformation.ProcessArchitecture;
        return !TachyonPlatform.IsSupported
            ? Finding.Problem(Check, $"{architecture}", "Tachyon needs 64-bit little-endian Linux.")
            : architecture == System.Runtime.InteropServices.Architecture.X64
                ? Finding.Ok(Check, $"{architecture}")
                : Finding.Warning(Check, $"{architecture}", "Tachyon was never run on it by its tests: try your load before you rely on it.");
    }

    private static Finding Version()
    {
        const string Check = "kernel";
        var release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        var number = string.Concat(release.TakeWhile(static c => char.IsAsciiDigit(c) || c == '.')).Trim('.');
        return !System.Version.TryParse(number, out var version)
            ? Finding.Warning(Check, $"Linux {release}", $"Linux {s_oldest} or later is needed, and this does not say what it is.")
            : version >= s_oldest ? Finding.Ok(Check, $"Linux {release}") : Finding.Problem(Check, $"Linux {release}", $"Linux {s_oldest} or later is needed.");
    }

    private static Finding Memory()
    {
        const string Check = "memfd with seals";
        try
        {
            SharedRegion.CreateMemory(RegionLayout.MinCapacity, RegionLayout.MinCapacity).Dispose();
            return Finding.Ok(Check, "works");
        }
        catch (IOException exception)
        {
            return Finding.Problem(Check, exception.Message, "Without it there is no shared memory.");
        }
    }

    private static Finding NoExec()
    {
        const string Check = "MFD_NOEXEC_SEAL";
        using var memory = Libc.MemfdCreate("tachyon-doctor", Libc.MfdCloexec | Libc.MfdAllowSealing | Libc.MfdNoExecSeal);
        return Finding.Ok(Check, memory.IsInvalid ? "not known (Linux 6.3); not needed here" : "known: memory that can never be run as a program");
    }

    private static Finding FutureWrite()
    {
        const string Check = "F_SEAL_FUTURE_WRITE";
        using var memory = Libc.MemfdCreate("tachyon-doctor", Libc.MfdCloexec | Libc.MfdAllowSealing);
        var known = !memory.IsInvalid && Libc.Fcntl(memory, Libc.FAddSeals, Libc.SealFutureWrite) == 0;
        return Finding.Ok(Check, known ? "known; not used, both sides write" : "not known (Linux 5.1); not needed");
    }

    private static Finding Eventfd()
    {
        using var doorbell = Libc.EventFd(1, Libc.EfdCloexec | Libc.EfdNonblock);
        return Works("eventfd", doorbell, "Without it no peer can be woken.");
    }

    private static Finding Epoll()
    {
        using var queue = Libc.EpollCreate1(Libc.EpollCloexec);
        return Works("epoll", queue, "Without it no thread can wait.");
    }

    private static Finding PeerGroups()
    {
        const string Check = "SO_PEERGROUPS";
        var ends = stackalloc int[2];
        if (Libc.SocketPair(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0, ends) != 0)
        {
            return Finding.Problem(Check, LastError("socketpair"), "Without Unix sockets no client can connect.");
        }

        using var one = new SafeFileHandle(ends[0], ownsHandle: true);
        using var other = new SafeFileHandle(ends[1], ownsHandle: true);
        var length = 0;
        uint none;
        return Libc.GetSocketOption(one, Libc.SolSocket, Libc.SoPeerGroups, &none, &length) != 0
            && Marshal.GetLastPInvokeError() == NoProtocolOption
            ? Finding.Warning(Check, "not known (Linux 4.13)", "AllowedGroupIds goes by the first group of a client alone.")
            : Finding.Ok(Check, "known: all groups of a client can be told");
    }

    private static Finding Works(string check, SafeFileHandle handle, string advice)
        => handle.IsInvalid ? Finding.Problem(check, LastError(check), advice) : Finding.Ok(check, "works");

    private static string LastError(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        return string.Create(CultureInfo.InvariantCulture, $"{call} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).{Errno.Hint(error)}");
    }
}
