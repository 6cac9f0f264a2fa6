using FileTransfer.Shared;
using Spectre.Console;

namespace FileTransfer.Coordinator;

/// <summary>Shows how far a run is: a bar on a terminal, a line for each round in a log.</summary>
internal sealed class ProgressDisplay(IAnsiConsole console) : IAsyncDisposable
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _bar;
    private volatile ProgressTask? _task;

    public void Show(ClientEvent clientEvent)
    {
        switch (clientEvent)
        {
            case NoteEvent note:
                console.MarkupLineInterpolated($"[yellow]Skipped[/] {note.Text}");
                break;
            case LoadedEvent loaded:
                console.MarkupLineInterpolated(
                    $"[bold]{loaded.Files}[/] files, [bold]{loaded.Bytes / 1e6:F1} MB[/], from {string.Join(", ", loaded.Directories)}");
                break;
            case ProgressEvent progress when Terminal.CanRedraw(console):
                Redraw(progress);
                break;
            case RoundEvent round when !Terminal.CanRedraw(console):
                console.WriteLine(Describe(round));
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _finished.TrySetResult();
        if (_bar is not null)
        {
            await _bar;
        }
    }

    private void Redraw(ProgressEvent progress)
    {
        // Not before there is progress: lines that are written above a bar get mixed up with it when they are wrapped.
        _bar ??= DrawBarAsync();
        if (_task is { } task)
        {
            task.Description = Markup.Escape(progress.Phase);
            task.MaxValue = Math.Max(progress.Total, 1);
            task.Value = progress.Done;
        }
    }

    private Task DrawBarAsync()
    {
        var progress = console.Progress().AutoClear(true).Columns(
            new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
            new ElapsedTimeColumn());
        return progress.StartAsync(async context =>
        {
            _task = context.AddTask("Connecting");
            await _finished.Task;
        });
    }

    private static string Describe(RoundEvent round)
    {
        var result = round.Result;
        var title = round.Round == 0 ? "Warm-up" : $"Round {round.Round}";
        return $"{title}, {Transports.NameOf(result.Transport)}: {result.UploadMegabytesPerSecond:F0} MB/s up, "
            + $"{result.DownloadMegabytesPerSecond:F0} MB/s down, p50 {result.UnaryP50Microseconds:F0} us";
    }
}
