using System.Collections.Concurrent;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>The calls of one channel: those whose whole answer was right, and why the others failed.</summary>
public sealed record CallCount(long Verified, IReadOnlyList<string> Failures);

/// <summary>The calls that a client made while its servers were restarted.</summary>
public sealed record RestartReport(CallCount WithRetries, CallCount WithoutRetries);

/// <summary>
/// A client whose servers are restarted: one channel whose policy retries calls that fail with Unavailable, one without. Both make unary
/// calls, and calls that stay open for some time. "count" reports the number of verified calls so far, "stop" all.
/// </summary>
internal static class RestartLoadRole
{
    private const int Lanes = 3;
    private const int MessagesOfLongCall = 20;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromMilliseconds(10);

    public static async Task<int> RunAsync(HostSettings settings)
    {
        var transport = TestTransport.For(settings.Transport);
        using var stopping = new CancellationTokenSource();
        var retries = new GrpcChannelOptions { ServiceConfig = RetryPolicies.OfUnavailable(s_firstBackoff) };
        using var withRetries = transport.CreateChannel(settings.Path, retries);
        using var withoutRetries = transport.CreateChannel(settings.Path);
        var load = new ChannelLoad(withRetries, stopping.Token);
        var bare = new ChannelLoad(withoutRetries, stopping.Token);
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            if (command == "count")
            {
                Console.WriteLine($"{HostSettings.ResultLine} {load.Verified}");
                continue;
            }

            await stopping.CancelAsync();
            var report = new RestartReport(await load.EndAsync(), await bare.EndAsync());
            Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(report)}");
        }

        return 0;
    }

    private sealed class ChannelLoad
    {
        private readonly ConcurrentBag<string> _failures = [];
        private readonly Echo.EchoClient _echo;
        private readonly Task _lanes;
        private long _verified;

        internal ChannelLoad(GrpcChannel channel, CancellationToken stopping)
        {
            _echo = new Echo.EchoClient(channel);
            _lanes = Task.WhenAll(
            [
                .. Enumerable.Range(0, Lanes).Select(_ => LoopAsync(ShortCallAsync, stopping)),
                .. Enumerable.Range(0, Lanes).Select(_ => LoopAsync(LongCallAsync, stopping)),
            ]);
        }

        internal long Verified => Volatile.Read(ref _verified);

        internal async Task<CallCount> EndAsync()
        {
            await _lanes;
            return new CallCount(_verified, [.. _failures]);
        }

        private async Task LoopAsync(Func<int, Task> call, CancellationToken stopping)
        {
            for (var index = 0; !stopping.IsCancellationRequested; index++)
            {
                try
                {
                    await call(index);
                    Interlocked.Increment(ref _verified);
                }
                catch (RpcException exception)
                {
                    _failures.Add($"{exception.StatusCode}: {exception.Status.Detail}");
                    await Task.Delay(s_pause, CancellationToken.None);
                }
            }
        }

        private async Task ShortCallAsync(int index)
        {
            var answer = await _echo.UnaryAsync(Content.Create(index, 100));
            Check(Content.Difference(answer, index, 100));
        }

        private async Task LongCallAsync(int index)
        {
            using var call = _echo.Duplex();
            for (var message = 0; message < MessagesOfLongCall; message++)
            {
                await WriteAsync(call.RequestStream, Content.Create(message, 100));
                if (!await call.ResponseStream.MoveNext())
                {
                    throw new InvalidDataException($"The call {index} ended after {message} messages without an error.");
                }

                Check(Content.Difference(call.ResponseStream.Current, message, 100));
                await Task.Delay(s_pause, CancellationToken.None);
            }

            await call.RequestStream.CompleteAsync();
            Check(await call.ResponseStream.MoveNext() ? "A message too many." : null);
        }

        // A write fails in one of several ways when its call has ended. How that ended is told by its answer, which is read next.
        private static async Task WriteAsync(IClientStreamWriter<Payload> requests, Payload payload)
        {
            try
            {
                await requests.WriteAsync(payload);
            }
            catch (Exception exception) when (exception is RpcException or IOException or InvalidOperationException)
            {
            }
        }

        private static void Check(string? difference)
        {
            if (difference is not null)
            {
                throw new InvalidDataException(difference);
            }
        }
    }
}
