namespace Tachyon.Testing;

/// <summary>What a program printed and how it ended.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Both outputs, for programs that write their findings to either.</summary>
    public string All => $"{Output}\n{Errors}";

    /// <summary>Its output. A program that failed fails the test, with both outputs.</summary>
    public string Succeeded()
        => ExitCode == 0 ? Output : throw new InvalidOperationException($"The program ended with {ExitCode}. It printed:\n{All}");
}
