using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tachyon.Tool;

/// <summary>Names of users, from wherever the system has them (getpwuid_r(3)).</summary>
internal static unsafe partial class Users
{
    private const int BufferSize = 16 * 1024;

    private static readonly ConcurrentDictionary<uint, string> s_names = new();

    /// <summary>The uid in digits where it has no name.</summary>
    internal static string NameOf(uint userId) => s_names.GetOrAdd(userId, static id => LookUp(id) ?? id.ToString(CultureInfo.InvariantCulture));

    private static string? LookUp(uint userId)
    {
        Entry entry;
        Entry* found;
        byte* buffer = stackalloc byte[BufferSize];
        return GetUser(userId, &entry, buffer, BufferSize, &found) == 0 && found is not null ? Marshal.PtrToStringUTF8((nint)found->Name) : null;
    }

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetUser(uint userId, Entry* entry, byte* buffer, nuint size, Entry** found);

    /// <summary><c>struct passwd</c>; only the name is read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Entry
    {
        [FieldOffset(0)]
        internal byte* Name;
    }
}
