using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests.Capture;

/// <summary>A run of 'tachyon capture' that has begun to capture.</summary>
internal sealed class CaptureRun : IAsyncDisposable
{
    private const int InterruptSignal = 2;

    private readonly ChildProgram _tool;

    private CaptureRun(ChildProgram tool) => _tool = tool;

    internal int Id => _tool.Id;

    internal static async Task<CaptureRun> StartAsync(params string[] arguments)
    {
        var run = new CaptureRun(ChildProgram.Start("tachyon", ["capture", .. arguments]));
        try
        {
            await Watchdog.Until(() => run._tool.Errors.Contains("Capturing ", StringComparison.Ordinal) || run._tool.HasExited);
            Assert.False(run._tool.HasExited, run._tool.Errors);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the log of a server says that it is captured.</summary>
    internal static Task UntilCapturedAsync(ChildProgram server)
        => Watchdog.Until(() => server.Errors.Contains("A capture of the traffic began", StringComparison.Ordinal));

    internal Task<ToolRun> InterruptAsync()
    {
        _tool.Signal(InterruptSignal);
        return ToolRun.ToEndAsync(_tool);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_tool.HasExited)
        {
            _tool.Kill();
        }

        await _tool.DisposeAsync();
    }
}
