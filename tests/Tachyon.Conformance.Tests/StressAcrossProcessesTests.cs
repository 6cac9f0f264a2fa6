using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Xunit.Abstractions;

namespace Tachyon.Conformance.Tests;

/// <summary>
/// Calls to another process with pauses of every length between them. With both sides in one process whatever polls for one side polls
/// for the other; here each side falls asleep by itself, at any moment of what the other one does. Every call is alone on its connection,
/// so that no other traffic makes up for a lost wake-up. Not for the mode that never sleeps: it has no wake-ups to lose, and two such
/// processes take two cores for themselves.
/// </summary>
[Trait("Category", "Stress")]
public sealed class StressAcrossProcessesTests(ITestOutputHelper output)
{
    private const int Callers = 3;
    private const int SmallSize = 64;
    private const int LargeSize = 65_560;

    /// <summary>Beyond the time for which anything polls before it parks.</summary>
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMicroseconds(400);

    private readonly ConcurrentQueue<string> _failures = new();

    [Theory]
    [OverTransports(Spin = false, HasProcesses = true)]
    public async Task Every_call_returns(TransportKind transport)
    {
        using var directory = new TempDirectory();
        await using var server = await HostProgram.StartAsync(HostRole.Server, transport, directory.FilePath("s"));

        // Threads of their own: a pause is not to occupy the thread pool, which the transport may live in.
        var callers = Enumerable.Range(0, Callers)
            .Select(caller => RunOnThread(() => Call(transport, directory.FilePath("s"), seed: caller)));
        await Task.WhenAll(callers);

        output.WriteLine($"{StressSettings.Calls:N0} calls, {_failures.Count} failed");
        Assert.True(_failures.IsEmpty, string.Join('\n', _failures));
    }

    [Theory]
    [OverTransports(Spin = false, HasProcesses = true)]
    public async Task Every_message_of_a_conversation_returns(TransportKind transport)
    {
        using var directory = new TempDirectory();
        await using var server = await HostProgram.StartAsync(HostRole.Server, transport, directory.FilePath("s"));
        using var channel = TestTransport.For(transport).CreateChannel(directory.FilePath("s"));
        using var call = new Echo.EchoClient(channel).Duplex();
        var random = new Random(1);

        for (var index = 0; index < StressSettings.Calls; index++)
        {
            await Task.Run(() => Pause(random));
            await call.RequestStream.WriteAsync(Content.Create(index, SmallSize)).Within($"write {index}");
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"answer {index}"));
            PayloadAssert.Is(call.ResponseStream.Current, index, SmallSize);
        }

        await call.RequestStream.CompleteAsync().Within("the end of the conversation");
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).Within("the server's end of the conversation"));
    }

    private static Task RunOnThread(Action action)
        => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Call(TransportKind transport, string path, int seed)
    {
        using var channel = TestTransport.For(transport).CreateChannel(path);
        var echo = new Echo.EchoClient(channel);
        var random = new Random(seed);
        for (var number = 0; number < StressSettings.Calls / Callers && _failures.Count < StressSettings.MostFailures; number++)
        {
            Pause(random);
            var size = random.Next(10) == 0 ? LargeSize : SmallSize;
            try
            {
                var reply = echo.Unary(Content.Create(number, size), deadline: DateTime.UtcNow + (StressSettings.Deadline * 2));
                if (Content.Difference(reply, number, size) is { } difference)
                {
                    _failures.Enqueue($"Caller {seed}: {difference}");
                }
            }
            catch (RpcException exception)
            {
                _failures.Enqueue($"Caller {seed}, call {number} of {size:N0} B: {exception.Status}");
            }
        }
    }

    /// <summary>None at all, a short one, and now and then one in which both sides fall asleep.</summary>
    private static void Pause(Random random)
    {
        switch (random.Next(200))
        {
            case 0:
                Thread.Sleep(random.Next(1, 5));
                break;
            case < 100:
                var pause = s_longestPause * random.NextDouble();
                var start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start) < pause)
                {
                    Thread.SpinWait(10);
                }

                break;
            default:
                break;
        }
    }
}
