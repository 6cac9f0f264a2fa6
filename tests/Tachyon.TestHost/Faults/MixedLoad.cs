using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Faults;

/// <summary>How one lane of the load ended; null for the status when it was stopped in order.</summary>
public sealed record LaneEnd(string Lane, StatusCode? Status, string Detail, long At);

/// <summary>
/// Calls of all kinds, small and large, side by side on one channel, until the other side is gone or <see cref="StopAsync"/> is called:
/// some run one after the other, some wait without a message, one writer is blocked because its peer does not read, one stream is not read
/// here. All content is checked. A lane ends with the first call that fails.
/// </summary>
/// <remarks>
/// The blocked writer has a connection of its own. It takes three quarters of Kestrel's window of the connection (1 MiB), and Kestrel opens
/// that again only after half of it was read: every other call of the connection would stand still for ever, over any transport.
/// </remarks>
public sealed class MixedLoad : IDisposable
{
    private const int LargeSize = 1_500_000;
    private const int FloodSize = 16 * 1024;

    private readonly ConcurrentBag<LaneEnd> _ends = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _readOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _lanes = [];
    private readonly List<Task> _firsts = [];
    private readonly Echo.EchoClient _echo;
    private readonly Hold.HoldClient _hold;
    private readonly Flow.FlowClient _flow;
    private readonly GrpcChannel _blocked;
    private long _started;
    private long _verified;

    private MixedLoad(ChannelBase channel, GrpcChannel blocked)
    {
        _blocked = blocked;
        _echo = new Echo.EchoClient(channel);
        _hold = new Hold.HoldClient(channel);
        _flow = new Flow.FlowClient(channel);
    }

    /// <summary>Calls that were begun.</summary>
    public long Started => Volatile.Read(ref _started);

    /// <summary>Calls whose whole answer came and was right.</summary>
    public long Verified => Volatile.Read(ref _verified);

    public int Lanes => _lanes.Count;

    /// <summary>Lanes that have ended already.</summary>
    public int Ended => _lanes.Count(static lane => lane.IsCompleted);

    /// <summary>Every lane is in the middle of its work (or has ended already).</summary>
    public Task UnderWay => Task.WhenAll(_firsts);

    /// <param name="channel">For all but the blocked writer.</param>
    /// <param name="transport">For the blocked writer.</param>
    /// <param name="path">For the blocked writer.</param>
    public static MixedLoad Start(ChannelBase channel, TransportKind transport, string path)
    {
        var load = new MixedLoad(channel, TestTransport.For(transport).CreateChannel(path));
        load.StartLanes();
        return load;
    }

    /// <summary>The end of all lanes. Fails when one of them saw wrong content, or ended in a way that no call may end.</summary>
    public async Task<IReadOnlyList<LaneEnd>> EndAsync()
    {
        // What was not read until now is read to its end.
        _readOn.TrySetResult();
        await Task.WhenAll(_lanes);
        return [.. _ends];
    }

    /// <summary>Lets calls that run in a row finish, and cancels those that would not end by themselves.</summary>
    public Task<IReadOnlyList<LaneEnd>> StopAsync()
    {
        _stopping.Cancel();
        return EndAsync();
    }

    public void Dispose()
    {
        _blocked.Dispose();
        _stopping.Dispose();
    }

    private void StartLanes()
    {
        for (var lane = 0; lane < 6; lane++)
        {
            Loop("small unary", index => UnaryAsync(index, 64));
        }

        for (var lane = 0; lane < 2; lane++)
        {
            Loop("large unary", index => UnaryAsync(index, LargeSize));
            Loop("client stream", CollectAsync);
            Loop("server stream", ExpandAsync);
            Loop("duplex", DuplexAsync);
        }

        for (var lane = 0; lane < 3; lane++)
        {
            Open("idle unary", HoldUnaryAsync);
        }

        Open("idle duplex", HoldDuplexAsync);
        Open("blocked writer", BlockedWriterAsync);
        Open("unread stream", UnreadStreamAsync);
    }

    private void Loop(string name, Func<int, Task> call) => Open(name, async first =>
    {
        for (var index = 0; !_stopping.IsCancellationRequested; index++)
        {
            Interlocked.Increment(ref _started);
            await call(index);
            Interlocked.Increment(ref _verified);
            first.TrySetResult();
        }
    });

    private void Open(string name, Func<TaskCompletionSource, Task> lane)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _firsts.Add(first.Task);
        _lanes.Add(Task.Run(async () =>
        {
            try
            {
                await lane(first);
                _ends.Add(new LaneEnd(name, Status: null, string.Empty, Stopwatch.GetTimestamp()));
            }
            catch (RpcException exception)
            {
                _ends.Add(new LaneEnd(name, exception.StatusCode, exception.Status.Detail, Stopwatch.GetTimestamp()));
            }
            finally
            {
                first.TrySetResult();
            }
        }));
    }

    private async Task UnaryAsync(int index, int size)
        => Check(await _echo.UnaryAsync(Content.Create(index, size)), index, size);

    private async Task CollectAsync(int index)
    {
        using var call = _echo.Collect();
        var sum = Content.EmptyChecksum;
        await WriteAsync(call.RequestStream, 12, message =>
        {
            var payload = Content.Create(message, SizeOf(index, message));
            sum = Content.Checksum(sum, payload);
            return payload;
        });
        var summary = await call.ResponseAsync;
        if (summary.Checksum != sum || summary.Messages != 12)
        {
            throw new InvalidDataException($"The server received {summary.Messages} messages with checksum {summary.Checksum:x}.");
        }
    }

    private async Task ExpandAsync(int index)
    {
        var size = SizeOf(index, 1);
        using var call = _echo.Expand(new ExpandRequest { Messages = 12, Size = size });
        var received = 0;
        await foreach (var payload in call.ResponseStream.ReadAllAsync())
        {
            Check(payload, received++, size);
        }

        CheckCount(received, 12);
    }

    private async Task DuplexAsync(int index)
    {
        using var call = _echo.Duplex();
        var writing = WriteAsync(call.RequestStream, 12, message => Content.Create(message, SizeOf(index, message)));
        var received = 0;
        await foreach (var payload in call.ResponseStream.ReadAllAsync())
        {
            Check(payload, received, SizeOf(index, received));
            received++;
        }

        await writing;
        CheckCount(received, 12);
    }

    private async Task HoldUnaryAsync(TaskCompletionSource first)
    {
        Interlocked.Increment(ref _started);
        using var call = _hold.UnaryAsync(new Payload(), cancellationToken: _stopping.Token);
        first.TrySetResult();
        await call.ResponseAsync;
    }

    private async Task HoldDuplexAsync(TaskCompletionSource first)
    {
        Interlocked.Increment(ref _started);
        using var call = _hold.Duplex(cancellationToken: _stopping.Token);
        await foreach (var payload in call.ResponseStream.ReadAllAsync())
        {
            Check(payload, 0, 0);
            first.TrySetResult();
        }
    }

    private async Task BlockedWriterAsync(TaskCompletionSource first)
    {
        Interlocked.Increment(ref _started);
        using var call = new Hold.HoldClient(_blocked).ClientStream(cancellationToken: _stopping.Token);
        await WriteAsync(call.RequestStream, int.MaxValue, message =>
        {
            first.TrySetResult();
            return Content.Create(message, 8192);
        });
        await call.ResponseAsync;
    }

    private async Task UnreadStreamAsync(TaskCompletionSource first)
    {
        Interlocked.Increment(ref _started);
        using var call = _flow.Flood(new FloodRequest { Size = FloodSize }, cancellationToken: _stopping.Token);
        var received = 0;
        await foreach (var payload in call.ResponseStream.ReadAllAsync())
        {
            Check(payload, received++, FloodSize);
            first.TrySetResult();
            await _readOn.Task;
        }
    }

    private static async Task WriteAsync(IClientStreamWriter<Payload> requests, int count, Func<int, Payload> message)
    {
        try
        {
            for (var index = 0; index < count; index++)
            {
                await requests.WriteAsync(message(index));
            }

            await requests.CompleteAsync();
        }
        catch (Exception exception)
            when (exception is RpcException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // A write fails in one of several ways when its call has ended. How that ended is told by its answer, which is read next.
        }
    }

    private static int SizeOf(int index, int message) => 1 + ((index * 7919) + (message * 104_729)) % 60_000;

    private static void Check(Payload payload, int index, int size)
    {
        if (Content.Difference(payload, index, size) is { } difference)
        {
            throw new InvalidDataException(difference);
        }
    }

    private static void CheckCount(int received, int expected)
    {
        if (received != expected)
        {
            throw new InvalidDataException($"{received} messages of {expected} came before an end without an error.");
        }
    }
}
