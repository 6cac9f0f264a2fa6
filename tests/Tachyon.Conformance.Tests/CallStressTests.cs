using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Xunit.Abstractions;

namespace Tachyon.Conformance.Tests;

/// <summary>What the stress runs differ in.</summary>
public enum StressCase
{
    /// <summary>A HTTP/2 window like SocketsHttpHandler's default, which the responses just exceed: Kestrel's race can happen.</summary>
    SmallWindow,

    /// <summary>A window that no response uses up: whatever hangs is the transport's fault.</summary>
    LargeWindow,

    /// <summary>The same beside threads that keep all cores busy, so that the kernel preempts each thread anywhere.</summary>
    LargeWindowAndBusyCores,
}

/// <summary>
/// Many small and window-sized calls, each with its own deadline, on connections with one and with several calls in flight. A lost
/// wake-up shows as a call that never returns.
/// </summary>
/// <remarks>
/// A short run is part of the suite. For a long one set <c>TACHYON_STRESS_CALLS</c> to the number of calls of each case, for example:
/// <code>TACHYON_STRESS_CALLS=1000000 dotnet test --filter Category=Stress</code>
/// </remarks>
[Trait("Category", "Stress")]
[Collection(Serial.Name)]
public sealed class CallStressTests(ITestOutputHelper output)
{
    private const int SmallSize = 64;
    private const int FirstLargeSize = 65_540;
    private const int LastLargeSize = 65_600;

    /// <summary>One more than the default, 65,535: the default itself is taken as "not set" and replaced.</summary>
    private const int SmallWindow = 65_536;

    private const int LargeWindow = 4 * 1024 * 1024;

    /// <summary>
    /// Calls in flight on each connection. Alone on its connection a call has no traffic beside it that could make up for a lost wake-up;
    /// several at once meet in the same flushes and window updates.
    /// </summary>
    private static readonly int[] s_inFlight = [1, 1, 8];

    private readonly ConcurrentQueue<string> _late = new();
    private readonly ConcurrentQueue<string> _lostByKestrel = new();
    private readonly ConcurrentQueue<string> _lostByTransport = new();
    private int _next;

    [Theory]
    [OverTransports(StressCase.SmallWindow, StressCase.LargeWindow, StressCase.LargeWindowAndBusyCores)]
    public async Task Every_call_returns(TransportKind transport, StressCase stress)
    {
        await using var server = await TestServer.StartAsync(
            transport, new TestApplicationOptions { Logging = static logging => logging.SetMinimumLevel(LogLevel.Warning) });
        using var hogs = new BusyThreads(stress == StressCase.LargeWindowAndBusyCores ? Environment.ProcessorCount : 0);
        var channels = s_inFlight.Select(_ => CreateChannel(server, stress)).ToList();
        try
        {
            var workers = channels.SelectMany((channel, index) =>
                Enumerable.Range(0, s_inFlight[index]).Select(_ => Task.Run(() => WorkAsync(server, channel, stress))));
            await Task.WhenAll(workers);
        }
        finally
        {
            channels.ForEach(static channel => channel.Dispose());
        }

        output.WriteLine($"{StressSettings.Calls:N0} calls, {_late.Count} late, {_lostByKestrel.Count} lost by Kestrel, "
            + $"{_lostByTransport.Count} lost by the transport");
        foreach (var report in _late.Concat(_lostByKestrel))
        {
            output.WriteLine(report);
        }

        // Joined by hand: a collection would be cut short in the message.
        Assert.True(_lostByTransport.IsEmpty, string.Join('\n', _lostByTransport));
    }

    private static GrpcChannel CreateChannel(TestServer server, StressCase stress)
    {
        var handler = new SocketsHttpHandler
        {
            InitialHttp2StreamWindowSize = stress == StressCase.SmallWindow ? SmallWindow : LargeWindow,
        };
        return TestTransport.CreateChannel(server.CreateHandler(handler));
    }

    private async Task WorkAsync(TestServer server, GrpcChannel channel, StressCase stress)
    {
        var echo = new Echo.EchoClient(channel);
        for (var number = Interlocked.Increment(ref _next);
            number <= StressSettings.Calls && _lostByTransport.Count < StressSettings.MostFailures;
            number = Interlocked.Increment(ref _next))
        {
            var size = number % 2 == 0 ? SmallSize : FirstLargeSize + (number % (LastLargeSize - FirstLargeSize + 1));
            if (await CallAsync(server, echo, number, size) is { } hung)
            {
                // Kestrel's race needs a window that meets 0; anything else is a wake-up that the transport lost.
                var isKestrels = stress == StressCase.SmallWindow && hung.Verdict == StuckCall.KestrelOutputRace;
                (isKestrels ? _lostByKestrel : _lostByTransport).Enqueue(hung.Report);
            }
        }
    }

    /// <summary>Makes one call; returns where it was stuck if it never came back.</summary>
    private async Task<(StuckCall Verdict, string Report)?> CallAsync(TestServer server, Echo.EchoClient echo, int number, int size)
    {
        var id = $"stress-{number}";
        var request = Requests.OfSize(size);
        using var call = echo.UnaryAsync(request, CallIds.Header(id), deadline: DateTime.UtcNow + (StressSettings.Deadline * 2));
        var response = call.ResponseAsync;
        StuckCall? verdict = null;
        var state = string.Empty;
        await ((Task)response).WaitAsync(StressSettings.Deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!response.IsCompleted)
        {
            // Before the client gives the call up: its reset would change what there is to see.
            verdict = server.Streams.Classify(id);
            state = $"call {number} of {size:N0} B: {verdict}, {server.Streams.StateOf(id)}, {ThreadPool.ThreadCount} pool threads, "
                + $"{ThreadPool.PendingWorkItemCount} items pending";
            if (verdict == StuckCall.KestrelOutputRace)
            {
                // The deadline resets the stream; without this the server could not end it, nor stop.
                server.Streams.StateOf(id)!.Heal();
            }
        }

        try
        {
            var reply = await response.Within($"call {number}, far beyond its deadline");
            Assert.True(request.Data.Span.SequenceEqual(reply.Data.Span), $"The reply of call {number} ({size:N0} B) differs.");
            if (verdict is not null)
            {
                _late.Enqueue($"LATE {state}");
            }

            return null;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.DeadlineExceeded)
        {
            return (verdict ?? StuckCall.NotReceived, $"HUNG {state}");
        }
    }

    /// <summary>The messages, made once: making and checking them must not be what the run is about.</summary>
    private static class Requests
    {
        private static readonly ConcurrentDictionary<int, Payload> s_cache = new();

        public static Payload OfSize(int size) => s_cache.GetOrAdd(size, static size => Content.Create(size, size));
    }

    /// <summary>Threads that do nothing but take time.</summary>
    private sealed class BusyThreads : IDisposable
    {
        private readonly List<Thread> _threads;
        private volatile bool _stop;

        public BusyThreads(int count)
        {
            _threads = Enumerable.Range(0, count).Select(_ => new Thread(Run) { IsBackground = true, Name = "hog" }).ToList();
            _threads.ForEach(static thread => thread.Start());
        }

        public void Dispose()
        {
            _stop = true;
            _threads.ForEach(static thread => thread.Join());
        }

        private void Run()
        {
            while (!_stop)
            {
                Thread.SpinWait(100);
            }
        }
    }
}
