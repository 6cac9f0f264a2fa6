namespace Tachyon.Proxy.Tests.Sidecar;

/// <summary>samples/Sidecar as it was built.</summary>
internal static class SampleProgram
{
    internal static ChildProgram Start(params string[] arguments)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return ChildProgram.Start(Repository.FilePath("samples", "Sidecar", "bin", configuration, "net10.0", "Sidecar"), arguments);
    }

    /// <summary>Runs it to its end.</summary>
    internal static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using ChildProgram child = Start(arguments);
        List<string> lines = [];
        while (await child.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        await child.WaitForExitAsync();
        return (child.ExitCode, string.Join('\n', lines), child.Errors);
    }
}
