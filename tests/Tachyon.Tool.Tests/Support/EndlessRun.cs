namespace Tachyon.Tool.Tests.Support;

/// <summary>A run of the built tool that goes on until it is told to stop: unlike the programs of the tests it does not end with its
/// input.</summary>
internal sealed class EndlessRun : IAsyncDisposable
{
    // SIGINT, as by Ctrl-C.
    private const int InterruptSignal = 2;

    private readonly ChildProgram _tool;

    private EndlessRun(ChildProgram tool) => _tool = tool;

    internal int Id => _tool.Id;

    internal static EndlessRun Start(params string[] arguments) => StartIn(null, arguments);

    /// <param name="temporaryDirectory">Where it puts its files; null for the usual place.</param>
    /// <param name="arguments">Its arguments.</param>
    internal static EndlessRun StartIn(string? temporaryDirectory, params string[] arguments)
        => new(ChildProgram.Start(
            "tachyon", arguments, environment: temporaryDirectory is null ? [] : [KeyValuePair.Create("TMPDIR", temporaryDirectory)]));

    internal Task<string?> ReadLineAsync() => _tool.ReadLineAsync();

    internal Task<ToolRun> InterruptAsync()
    {
        _tool.Signal(InterruptSignal);
        return ToEndAsync();
    }

    /// <summary>Its end, and what it printed that was not read before.</summary>
    internal Task<ToolRun> ToEndAsync() => ToolRun.ToEndAsync(_tool);

    public async ValueTask DisposeAsync()
    {
        if (!_tool.HasExited)
        {
            _tool.Kill();
        }

        await _tool.DisposeAsync();
    }
}
