using System.Runtime.InteropServices;
using Xunit;

namespace Tachyon.Testing;

/// <summary>What a test needs of the machine beyond the .NET SDK; .ci/run installs all of it. Without it the test says so and is
/// skipped.</summary>
public static class Requires
{
    /// <summary>Stands for root among the programs.</summary>
    public const string Root = "root";

    /// <summary>Stands for a run that takes the full amounts, among the programs: <see cref="TestSize.IsFull"/>.</summary>
    public const string FullRun = "full run";

    /// <summary>Stands for a processor of that architecture, among the programs.</summary>
    public const string X64 = "x64";

    /// <summary>What is missing, as a sentence; null when all is there.</summary>
    public static string? Missing(string[] needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        foreach (var need in needs)
        {
            if (need == Root)
            {
                if (!Environment.IsPrivilegedProcess)
                {
                    return "Only root can do this.";
                }
            }
            else if (need == FullRun)
            {
                if (!TestSize.IsFull)
                {
                    return "It takes minutes: only with TACHYON_TESTS=full, which .ci/run sets.";
                }
            }
            else if (need == X64)
            {
                if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
                {
                    return "Only on x86-64.";
                }
            }
            else if (need.Contains(".so.", StringComparison.Ordinal))
            {
                if (!NativeLibrary.TryLoad(need, out _))
                {
                    return $"The library '{need}' is not installed.";
                }
            }
            else if (!IsInPath(need))
            {
                return $"The program '{need}' is not installed.";
            }
        }

        return null;
    }

    private static bool IsInPath(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(directory => directory.Length > 0 && File.Exists(Path.Combine(directory, program)));
}

/// <summary>A fact that runs where the named programs are; see <see cref="Requires"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params string[] needs) => Skip = Requires.Missing(needs);
}

/// <summary>A theory that runs where the named programs are; see <see cref="Requires"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresTheoryAttribute : TheoryAttribute
{
    public RequiresTheoryAttribute(params string[] needs) => Skip = Requires.Missing(needs);
}
