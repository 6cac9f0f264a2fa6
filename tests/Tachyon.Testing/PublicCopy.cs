namespace Tachyon.Testing;

/// <summary>The build of this test project where every user may read it: a checkout may lie in a private directory.</summary>
public static class PublicCopy
{
    private static readonly Lazy<string> s_directory = new(Make);

    public static string FullPath => s_directory.Value;

    private static string Make()
    {
        var source = AppContext.BaseDirectory;
        var target = Directory.CreateDirectory($"/tmp/tachyon-build-{Guid.NewGuid():N}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => target.Delete(recursive: true);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(target.FullName, Path.GetFileName(file)));
        }

        return target.FullName;
    }
}
