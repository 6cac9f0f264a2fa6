using System.Text.RegularExpressions;

namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>Names a call and what it acts on in the words of docs/syscalls.md, from its arguments as <c>strace -y</c> decodes
/// them.</summary>
internal sealed partial class CallNames(TraceFacts facts)
{
    internal (string Name, string On) Of(string call, string[] arguments, string result)
        => call switch
        {
            "epoll_ctl" => ($"epoll_ctl {Operation(arguments[1])}", Object(arguments[2])),
            "epoll_wait" or "epoll_pwait" => ("epoll_wait", arguments[3] == "-1" ? "epoll, no limit" : $"epoll, {arguments[3]} ms"),
            "fcntl" => ($"fcntl {arguments[1]}", Object(arguments[0])),
            "getsockopt" or "setsockopt" => ($"{call} {OptionName(arguments[2])}", Object(arguments[0])),
            "mmap" => ("mmap", arguments[4].StartsWith("-1", StringComparison.Ordinal) ? "anonymous memory" : Object(arguments[4])),
            "madvise" when arguments[2] == "MADV_REMOVE" => ("madvise MADV_REMOVE", "region"),
            "munmap" or "mprotect" or "madvise" => (call, "anonymous memory"),
            "statx" or "newfstatat" => (call, arguments[1] == "\"\"" ? Object(arguments[0]) : PathName(arguments[1])),
            "open" => (call, PathName(arguments[0])),
            "openat" => ("open", PathName(arguments[1])),
            "unlinkat" => ("unlinkat", PathName(arguments[1])),
            "chmod" or "chown" or "unlink" or "readlink" or "access" or "stat" or "lstat" => (call, PathName(arguments[0])),
            "socket" or "memfd_create" or "eventfd2" or "epoll_create1" => (call, Object(result)),
            "pipe2" => (call, Object(arguments[0])),
            "clone3" or "clone" => ("clone3", ""),
            _ => (call, Object(arguments[0])),
        };

    /// <summary>The name; a strace that is older than the kernel only prints the number.</summary>
    private static string OptionName(string option) => option.StartsWith("0x53", StringComparison.Ordinal) ? "SO_PASSRIGHTS" : option;

    private static string Operation(string argument) => argument["EPOLL_CTL_".Length..];

    private static string PathName(string quoted)
    {
        var path = quoted.Trim('"');
        return path.EndsWith(".sock", StringComparison.Ordinal) ? "socket file"
            : path.StartsWith("/proc/self/fd/", StringComparison.Ordinal) ? "/proc/self/fd"
            : path.StartsWith("/proc/self/task/", StringComparison.Ordinal) ? "/proc/self/task"
            : SocketDirectory().IsMatch(path) ? "directory"
            : path;
    }

    /// <param name="descriptor">As <c>strace -y</c> prints it, with what it stands for.</param>
    internal string Object(string descriptor)
        => descriptor.Contains("memfd:tachyon", StringComparison.Ordinal) ? "memfd"
            : descriptor.Contains("[eventfd", StringComparison.Ordinal) ? "eventfd"
            : descriptor.Contains("[eventpoll", StringComparison.Ordinal) ? "epoll"
            : descriptor.Contains("<pipe:", StringComparison.Ordinal) ? facts.PipeName(descriptor)
            : descriptor.Contains("<socket:", StringComparison.Ordinal) || descriptor.Contains("<UNIX", StringComparison.Ordinal) ? "socket"
            : descriptor.Contains("/comm>", StringComparison.Ordinal) ? "/proc/self/task"
            : descriptor.Contains(".sock>", StringComparison.Ordinal) ? "socket file"
            : SocketDirectory().IsMatch(descriptor) ? "directory"
            : KernelFile().Match(descriptor).Groups["path"].Value;

    // As TempDirectory makes it; the checkout may lie below the same directory for temporary files.
    [GeneratedRegex(@"/tt\w+>?$")]
    private static partial Regex SocketDirectory();

    [GeneratedRegex(@"^\d+<(?<path>/(sys|dev|proc)/[^>]*)>$")]
    private static partial Regex KernelFile();
}
