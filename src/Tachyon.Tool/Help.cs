namespace Tachyon.Tool;

/// <summary>The description of a command as its help shows it: what it does, examples, exit codes.</summary>
internal static class Help
{
    internal static string Describe(string what, params string[] examples)
        => $"{what}\n\nExamples:\n{string.Concat(examples.Select(static example => $"  {example}\n"))}\n{ExitCodes.Help}";
}
