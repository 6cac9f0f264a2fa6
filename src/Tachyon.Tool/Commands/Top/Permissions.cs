using System.Globalization;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Tool.Commands.Top;

/// <summary>What this user is not allowed to see, and how to change that.</summary>
internal static class Permissions
{
    private const string TraceScope = "/proc/sys/kernel/yama/ptrace_scope";
    private const ulong TraceCapability = 1UL << 19; // CAP_SYS_PTRACE

    internal static IReadOnlyList<string> Describe(int processes, int connections)
    {
        var isRoot = Libc.GetEffectiveUserId() == 0;
        List<string> messages = [];
        if (processes > 0)
        {
            messages.Add(
                $"{Count(processes, "process", "processes")} could not be read, so connections may be missing here: " +
                (isRoot ? HintForRoot() : "run as root to see those of other users."));
        }

        if (connections > 0)
        {
            messages.Add($"{Count(connections, "connection is", "connections are")} shown without figures, because the memory may not be read: {Hint(isRoot, Scope())}");
        }

        return messages;
    }

    private static string Hint(bool isRoot, int scope)
        => isRoot
            ? HintForRoot()
            : scope > 0
                ? $"kernel.yama.ptrace_scope is {scope}; run as root, or set it to 0 (sysctl -w kernel.yama.ptrace_scope=0)."
                : "run as root.";

    /// <summary>Root of a container mostly lacks what root of the machine has.</summary>
    private static string HintForRoot()
    {
        string line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("CapEff:", StringComparison.Ordinal));
        var capabilities = ulong.Parse(line["CapEff:".Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (capabilities & TraceCapability) == 0
            ? "this root lacks the capability CAP_SYS_PTRACE; give it to this process, or run as root of the machine."
            : "the kernel keeps them even from this root: they have capabilities that it lacks, or a security module forbids it.";
    }

    private static int Scope()
        => File.Exists(TraceScope) && int.TryParse(File.ReadAllText(TraceScope), out var scope) ? scope : 0;

    private static string Count(int count, string one, string many) => count == 1 ? $"1 {one}" : $"{count} {many}";
}
