namespace Tachyon.Interop.Tests.Support;

/// <summary>The scripts in python/, for the distribution's Python: its packages are under /usr/lib.</summary>
internal static class PythonScript
{
    public const string Program = "/usr/bin/python3";
    public const string Grpc = "/usr/lib/python3/dist-packages/grpc/__init__.py";
    public const string Protobuf = "/usr/lib/python3/dist-packages/google/protobuf/message.py";

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "python");

    /// <param name="name">The file of the script.</param>
    /// <param name="path">Of the server's socket; the descriptors of the test services are put beside it.</param>
    /// <param name="arguments">Arguments behind the file of the descriptors.</param>
    public static Task<ProgramResult> RunAsync(string name, string path, params string[] arguments)
        => ForeignProgram.TryRunAsync(Program, [Path.Combine(Folder, name), Descriptors.WriteTo($"{path}.descriptors"), .. arguments]);
}
