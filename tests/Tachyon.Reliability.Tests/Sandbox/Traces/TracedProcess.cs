namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>A child that takes the steps of a connection, with strace around it.</summary>
internal sealed class TracedProcess : IAsyncDisposable
{
    // All code compiled once and for good, no page remapped to write code, no thread of the runtime's tools: what is left of the
    // runtime's own calls is what every .NET process makes at work.
    private static readonly KeyValuePair<string, string>[] s_quietRuntime =
    [
        new("DOTNET_TieredCompilation", "0"),
        new("DOTNET_EnableWriteXorExecute", "0"),
        new("DOTNET_EnableDiagnostics", "0"),
        new("DOTNET_gcConcurrent", "0"),
    ];

    private readonly ChildProgram _program;
    private readonly string _trace;

    private TracedProcess(ChildProgram program, string trace)
    {
        _program = program;
        _trace = trace;
    }

    internal static async Task<TracedProcess> StartAsync(string trace)
    {
        var program = ChildProgram.Start(
            "Tachyon.TestPeer", ["steps", "-"], wrapper: ["strace", "-f", "-qq", "-y", "-s", "200", "-o", trace], environment: s_quietRuntime);
        Assert.Equal("ready", await program.ReadLineAsync());
        return new TracedProcess(program, trace);
    }

    internal void Begin(string step) => _program.Send(step);

    internal async Task EndAsync() => Assert.Equal("ok", await _program.ReadLineAsync());

    internal async Task StepAsync(string step)
    {
        Begin(step);
        await EndAsync();
    }

    /// <summary>All of its calls up to the last step that has ended.</summary>
    internal async Task<IReadOnlyList<TracedCall>> ReadAsync()
    {
        // strace writes out each line before the thread that it is about goes on; only the last one may be cut.
        var text = await File.ReadAllTextAsync(_trace);
        return TraceReader.Read(text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
