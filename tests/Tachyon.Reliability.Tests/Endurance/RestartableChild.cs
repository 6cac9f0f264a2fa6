namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>A child process that is killed and started again.</summary>
internal sealed class RestartableChild(Func<Task<ChildProgram>> start) : IAsyncDisposable
{
    private ChildProgram? _current;

    public ChildProgram Current => _current ?? throw new InvalidOperationException("Not started.");

    public async Task StartAsync() => _current = await start();

    public async Task KillAndRestartAsync()
    {
        var killed = Current;
        killed.Kill();
        await killed.WaitForExitAsync();
        await StartAsync();
        await killed.DisposeAsync();
    }

    public ValueTask DisposeAsync() => _current?.DisposeAsync() ?? default;
}
