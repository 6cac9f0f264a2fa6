using System.Runtime.InteropServices;
using Spectre.Console;

namespace FileTransfer.Coordinator;

/// <summary>What the numbers below it were measured on.</summary>
internal static class Headline
{
    public static void Write(IAnsiConsole console)
    {
        // The kernel's full release name says more about who built it than about the kernel.
        var kernel = Environment.OSVersion.Version.ToString(2);
        var machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}, Linux {kernel}";
        console.MarkupLineInterpolated($"[bold]File transfer[/] on {machine}, {RuntimeInformation.FrameworkDescription}");
    }
}
