namespace Tachyon.Interop.Tests.Support;

/// <summary>Runs a program of others to its end.</summary>
internal static class ForeignProgram
{
    /// <summary>A slow machine under load needs some ten seconds for all scenarios of a language.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    /// <summary>What it printed; a program that fails or hangs fails the test.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? directory = null)
        => (await TryRunAsync(program, arguments, directory)).Succeeded();

    /// <summary>As <see cref="RunAsync"/>, for a program that may fail.</summary>
    public static Task<ProgramResult> TryRunAsync(string program, IEnumerable<string> arguments, string? directory = null)
        => ChildProgram.RunAsync(program, arguments, directory ?? AppContext.BaseDirectory, limit: s_limit);
}
