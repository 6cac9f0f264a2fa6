namespace Tachyon.Reliability.Tests.Sandbox;

/// <summary>The two programs of samples/Quickstart in processes of their own, under a seccomp profile and without a network.</summary>
internal sealed class Quickstart : IAsyncDisposable
{
    // Their socket lies in the directory for temporary files.
    private readonly TempDirectory _directory = new();
    private readonly string _profile;
    private ChildProgram? _server;

    internal Quickstart(string profile) => _profile = profile;

    internal async Task StartServerAsync()
    {
        _server = Start("Server");
        while (!((await _server.ReadLineAsync()) ?? throw new InvalidOperationException($"The server ended: {_server.Errors}"))
            .Contains("Application started", StringComparison.Ordinal))
        {
            // What it says before.
        }
    }

    /// <summary>Runs the client to its end.</summary>
    internal async Task<(int ExitCode, IReadOnlyList<string> Lines, string Errors)> RunClientAsync()
    {
        await using var client = Start("Client");
        var run = await client.RunToEndAsync();
        return (run.ExitCode, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), run.Errors);
    }

    /// <summary>Stops the server in order; what it said since its start.</summary>
    internal async Task<(int ExitCode, string Log)> StopServerAsync()
    {
        _server!.Signal(Signals.Terminate);
        var run = await _server.RunToEndAsync();
        return (run.ExitCode, run.Output);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            if (!_server.HasExited)
            {
                _server.Kill();
            }

            await _server.DisposeAsync();
        }

        _directory.Dispose();
    }

    private ChildProgram Start(string side)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Repository.FilePath("samples", "Quickstart", side, "bin", configuration, "net10.0", $"Quickstart.{side}");
        return ChildProgram.Start(
            program,
            [],
            wrapper: ["unshare", "--net", .. SeccompProfile.Wrapper(_profile)],
            environment: [new("TMPDIR", _directory.Path), new("DOTNET_EnableDiagnostics", "0"), new("Logging__LogLevel__Tachyon.AspNetCore", "Debug")]);
    }
}
