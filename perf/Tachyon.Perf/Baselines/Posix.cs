using System.Runtime.InteropServices;

namespace Tachyon.Perf.Baselines;

/// <summary>The system calls that are measured, with as little overhead as C# allows.</summary>
internal static unsafe partial class Posix
{
    internal const int ReadOnly = 0;
    internal const int WriteOnly = 1;
    internal const int ReadWrite = 2;

    private const string Library = "libc";

    // The C library does not cache it, and the kernel does almost no work.
    [LibraryImport(Library, EntryPoint = "getppid")]
    internal static partial int GetParentProcessId();

    // Without the switch of the thread to preemptive mode: right only for calls that never block.
    [LibraryImport(Library, EntryPoint = "getppid")]
    [SuppressGCTransition]
    internal static partial int GetParentProcessIdWithoutTransition();

    // Plain numbers instead of safe handles: counting a handle's references is not what is measured.
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int fd, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int fd, void* buffer, nuint count);
}
