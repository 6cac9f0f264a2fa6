using System.Collections.Concurrent;
using System.Globalization;

namespace Tachyon.Transport.Tests.Support;

/// <summary>
/// One side of handshakes in a process of its own, where nothing else opens descriptors or maps memory. The test plays the other side.
/// </summary>
public abstract class HandshakeChild : IAsyncLifetime
{
    // The collector's own bookkeeping and pools grow a little, by 35 KB at most in what was measured, with and without other work on all
    // cores. A leak of one object of 64 bytes for each of 5,000 handshakes is more than this.
    private const long Slack = 256 * 1024;

    private readonly string[] _arguments;
    private readonly ConcurrentQueue<long> _collected = new();
    private readonly ConcurrentQueue<string> _unobserved = new();
    private readonly Lock _sending = new();
    private ChildProgram? _program;
    private Task _reading = Task.CompletedTask;

    private protected HandshakeChild(params string[] arguments) => _arguments = arguments;

    internal int Id => _program!.Id;

    public virtual async Task InitializeAsync()
    {
        _program = ChildProgram.Start("Tachyon.TestPeer", _arguments);
        Assert.Equal("ready", await _program.ReadLineAsync());
        _reading = Task.Run(ReadAsync);
    }

    public virtual async Task DisposeAsync()
    {
        await _program!.DisposeAsync();
        await _reading.Within("the last reports of the child");
    }

    /// <summary>What the child holds once its connections have ended and it stands still.</summary>
    internal async Task<ResourceSnapshot> SettledResourcesAsync()
    {
        await Watchdog.Until(() => ResourceSnapshot.Take(Id).RingMappings == 0, "the end of the connections of the child");
        return await ResourceSnapshot.SettledAsync(Id);
    }

    /// <summary>As <see cref="SettledResourcesAsync"/>, and the bytes of its live objects.</summary>
    internal async Task<(ResourceSnapshot Resources, long Bytes)> SettledAsync() => (await SettledResourcesAsync(), await CollectAsync());

    /// <summary>Waits until the child holds no more than before; an exception that no task observed fails, too.</summary>
    internal async Task AssertReturnedAsync((ResourceSnapshot Resources, long Bytes) before)
    {
        await ResourceSnapshot.AssertReturnedAsync(Id, before.Resources, "The child");
        var now = await CollectAsync();
        for (var look = 0; now > before.Bytes + Slack && look < 20; look++)
        {
            await Task.Delay(100);
            now = await CollectAsync();
        }

        Assert.InRange(now, 0, before.Bytes + Slack);
        Assert.Empty(_unobserved);
    }

    private protected void Send(string command)
    {
        lock (_sending)
        {
            _program!.Send(command);
        }
    }

    private protected abstract void OnReport(string kind, string json);

    private protected async Task<T> NextAsync<T>(ConcurrentQueue<T> reports, string what)
    {
        T? report = default;
        await Watchdog.Until(() => reports.TryDequeue(out report) || _program!.HasExited, what);
        Assert.False(_program!.HasExited, $"The child ended before {what}: {_program.Errors}");
        return report!;
    }

    private Task<long> CollectAsync()
    {
        Send("collect");
        return NextAsync(_collected, "the child has collected its garbage");
    }

    private async Task ReadAsync()
    {
        // Between two tests there is nothing to report, for as long as it takes.
        while (await _program!.ReadLineAsync(Timeout.InfiniteTimeSpan) is { } line)
        {
            var words = line.Split(' ', 2);
            switch (words[0])
            {
                case "collected":
                    _collected.Enqueue(long.Parse(words[1], CultureInfo.InvariantCulture));
                    break;
                case "unobserved":
                    _unobserved.Enqueue(words[1]);
                    break;
                default:
                    OnReport(words[0], words[1]);
                    break;
            }
        }
    }
}
