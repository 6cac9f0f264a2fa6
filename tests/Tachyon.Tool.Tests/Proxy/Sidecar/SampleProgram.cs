namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>samples/Sidecar as it was built.</summary>
internal static class SampleProgram
{
    internal static ChildProgram Start(params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return ChildProgram.Start(Repository.FilePath("samples", "Sidecar", "bin", configuration, "net10.0", "Sidecar"), arguments);
    }

    /// <summary>Runs it to its end.</summary>
    internal static async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        await using var child = Start(arguments);
        return await child.RunToEndAsync();
    }
}
