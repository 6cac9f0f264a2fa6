using System.Globalization;

namespace Tachyon.Ecosystem.Tests.Observability;

/// <summary>samples/Observability as it was built, with a socket and a port of the test.</summary>
internal sealed class RunningSample : IAsyncDisposable
{
    private const string ListeningPart = "Now listening on: http://127.0.0.1:";

    private readonly TempDirectory _directory;
    private readonly ChildProgram _program;

    private RunningSample(TempDirectory directory, ChildProgram program, int port)
    {
        _directory = directory;
        _program = program;
        Port = port;
    }

    /// <summary>Of the metrics.</summary>
    internal int Port { get; }

    internal static async Task<RunningSample> StartAsync()
    {
        var directory = new TempDirectory();
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = ChildProgram.Start(
            Repository.FilePath("samples", "Observability", "bin", configuration, "net10.0", "Observability"),
            [$"--Socket={directory.NewSocketPath()}", "--MetricsPort=0"],
            environment: new Dictionary<string, string> { ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information" });
        string? line;
        do
        {
            line = await program.ReadLineAsync();
            Assert.True(line is not null, $"The sample ended before it listened: {program.Errors}");
        }
        while (!line.Contains(ListeningPart, StringComparison.Ordinal));
        return new(directory, program, int.Parse(line.Split(ListeningPart)[1], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _program.Signal(Signals.Terminate);
        await _program.WaitForExitAsync();
        var exitCode = _program.ExitCode;
        await _program.DisposeAsync();
        _directory.Dispose();
        Assert.Equal(0, exitCode);
    }
}
