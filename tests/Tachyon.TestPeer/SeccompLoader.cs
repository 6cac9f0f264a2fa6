using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tachyon.TestPeer;

/// <summary>
/// Runs a command under a seccomp profile in the format of containers: what a container runtime does with it, without a container.
/// libseccomp compiles the filter.
/// </summary>
internal static class SeccompLoader
{
    private const string Library = "libseccomp.so.2";
    private const uint Allow = 0x7FFF_0000;
    private const uint Errno = 0x0005_0000;

    /// <summary>Returns only if it did not work.</summary>
    /// <param name="profile">File of the profile.</param>
    /// <param name="command">Path of the program, and its arguments.</param>
    internal static void Run(string profile, string[] command)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(profile));
        var root = document.RootElement;
        var filter = Init(Action(root.GetProperty("defaultAction").GetString()!, root.GetProperty("defaultErrnoRet").GetUInt32()));
        foreach (var rule in root.GetProperty("syscalls").EnumerateArray())
        {
            var action = Action(
                rule.GetProperty("action").GetString()!, rule.TryGetProperty("errnoRet", out var errno) ? errno.GetUInt32() : 0);
            Comparison[] comparisons = rule.TryGetProperty("args", out var arguments)
                ? [.. arguments.EnumerateArray().Select(ToComparison)]
                : [];
            foreach (var name in rule.GetProperty("names").EnumerateArray())
            {
                AddRule(filter, action, name.GetString()!, comparisons);
            }
        }

        string?[] words = [.. command, null];

        // From here on this thread is under the filter, and takes it along through execve.
        Check(Load(filter), "seccomp_load");
        _ = Execute(command[0], words);
        throw new InvalidOperationException($"execve of {command[0]} failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static void AddRule(nint filter, uint action, string name, Comparison[] comparisons)
    {
        var number = Resolve(name);

        // Calls that this architecture does not have resolve to a negative number, as they do in container runtimes, and are left out.
        if (number >= 0)
        {
            Check(RuleAdd(filter, action, number, (uint)comparisons.Length, comparisons), name);
        }
    }

    private static uint Action(string name, uint errno)
        => name switch
        {
            "SCMP_ACT_ALLOW" => Allow,
            "SCMP_ACT_ERRNO" => Errno | errno,
            _ => throw new NotSupportedException(name),
        };

    private static Comparison ToComparison(JsonElement argument)
        => new()
        {
            Argument = argument.GetProperty("index").GetUInt32(),
            Operator = argument.GetProperty("op").GetString() switch
            {
                "SCMP_CMP_EQ" => 4,
                "SCMP_CMP_MASKED_EQ" => 7,
                string other => throw new NotSupportedException(other),
                null => throw new NotSupportedException(),
            },
            First = argument.GetProperty("value").GetUInt64(),
            Second = argument.TryGetProperty("valueTwo", out var two) ? two.GetUInt64() : 0,
        };

    private static void Check(int result, string what)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"libseccomp: {what}: error {-result}");
        }
    }

    /// <summary><c>struct scmp_arg_cmp</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Comparison
    {
        public uint Argument;
        public int Operator;
        public ulong First;
        public ulong Second;
    }

    [DllImport(Library, EntryPoint = "seccomp_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Init(uint action);

    [DllImport(Library, EntryPoint = "seccomp_syscall_resolve_name", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Resolve(string name);

    [DllImport(Library, EntryPoint = "seccomp_rule_add_array")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RuleAdd(nint filter, uint action, int number, uint count, Comparison[] comparisons);

    [DllImport(Library, EntryPoint = "seccomp_load")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Load(nint filter);

    [DllImport("libc", EntryPoint = "execv", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Execute(string path, string?[] words);
}
