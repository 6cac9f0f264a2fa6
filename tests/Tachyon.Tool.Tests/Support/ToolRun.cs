using System.Text.Json;

namespace Tachyon.Tool.Tests.Support;

/// <summary>One run of the built tool, to its end.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    private const string Tool = "tachyon";

    internal static Task<ToolRun> RunAsync(params string[] arguments) => RunAsync(arguments, user: null);

    internal static async Task<ToolRun> RunAsync(string[] arguments, uint? user = null, IEnumerable<string>? wrapper = null)
    {
        await using var tool = ChildProgram.Start(Tool, arguments, user, wrapper);
        return await ToEndAsync(tool);
    }

    /// <summary>The end of a run, and what it printed that was not read before.</summary>
    internal static async Task<ToolRun> ToEndAsync(ChildProgram tool)
    {
        var run = await tool.RunToEndAsync();
        return new ToolRun(run.ExitCode, run.Output, run.Errors);
    }

    /// <summary>The one line of JSON that it printed; it succeeded.</summary>
    internal JsonElement Json()
    {
        Assert.True(ExitCode == 0, $"It ended with {ExitCode}: {Errors}");
        return AnyJson();
    }

    /// <summary>The one line of JSON that it printed.</summary>
    internal JsonElement AnyJson()
    {
        Assert.DoesNotContain('\n', Output);
        return JsonDocument.Parse(Output).RootElement;
    }

    /// <summary>It failed with a sentence that has these words, and without a stack trace.</summary>
    internal void AssertFails(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"It ended with {ExitCode}: {Output} {Errors}");
        Assert.DoesNotContain("   at ", Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Errors, StringComparison.Ordinal);
        foreach (var word in words)
        {
            Assert.Contains(word, Errors, StringComparison.Ordinal);
        }
    }
}
