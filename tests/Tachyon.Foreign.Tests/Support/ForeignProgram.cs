using System.Diagnostics;

namespace Tachyon.Foreign.Tests.Support;

/// <summary>Runs somebody else's program to its end.</summary>
internal static class ForeignProgram
{
    /// <summary>A slow machine under load needs some ten seconds for all scenarios of a language.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    /// <summary>What it printed; a program that fails or hangs fails the test.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? directory = null)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory ?? AppContext.BaseDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().Within($"the end of {program}", s_limit);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}. It printed:\n{await output}\n{await errors}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
