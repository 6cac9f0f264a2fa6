namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>samples/Sidecar as it was built.</summary>
internal static class SampleProgram
{
    private static string Folder
        => Repository.FilePath("samples", "Sidecar", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0");

    internal static ChildProgram Start(params string[] arguments) => ChildProgram.Start(Path.Combine(Folder, "Sidecar"), arguments);

    /// <summary>Copies it, with the tool beside it, to where other users may read it: a checkout may lie in a private directory.</summary>
    internal static void CopyTo(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(Folder))
        {
            File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        }
    }

    /// <summary>Runs it to its end.</summary>
    internal static async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        await using var child = Start(arguments);
        return await child.RunToEndAsync();
    }
}
