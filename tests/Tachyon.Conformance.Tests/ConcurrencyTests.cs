using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Many calls at once, on one connection and on several.</summary>
public sealed class ConcurrencyTests
{
    private const int Streams = 200;

    [Theory]
    [OverTransports]
    public async Task Two_hundred_streams_share_one_connection(TransportKind transport)
    {
        var connections = new ConcurrentDictionary<string, bool>();
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Kestrel = kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = Streams,
            Application = app => Observe(app, connections),
        });
        using var channel = server.CreateChannel();

        // One call first: it brings the connection up and the server's limit with it. Without that, all calls would start on
        // the default of 100 streams and the channel would open a second connection.
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the first call");

        await OpenAllAtOnceAsync([channel]);
        Assert.Single(connections);
    }

    [Theory]
    [OverTransports]
    public async Task Streams_beyond_the_limit_of_a_connection_take_another_one(TransportKind transport)
    {
        var connections = new ConcurrentDictionary<string, bool>();
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Kestrel = kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = 100,
            Application = app => Observe(app, connections),
        });
        using var channel = server.CreateChannel();

        await OpenAllAtOnceAsync([channel]);
        Assert.InRange(connections.Count, 2, Streams);
    }

    [Theory]
    [OverTransports]
    public async Task Twenty_clients_share_one_server(TransportKind transport)
    {
        const int Clients = 20;
        var connections = new ConcurrentDictionary<string, bool>();
        await using var server = await TestServer.StartAsync(
            transport, new TestApplicationOptions { Application = app => Observe(app, connections) });
        var channels = Enumerable.Range(0, Clients).Select(_ => server.CreateChannel()).ToList();
        try
        {
            await OpenAllAtOnceAsync(channels);
            Assert.Equal(Clients, connections.Count);
        }
        finally
        {
            channels.ForEach(static channel => channel.Dispose());
        }
    }

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Unary_calls_from_many_threads_get_their_own_answers(TransportKind transport)
    {
        const int Workers = 32;
        const int CallsOfEach = 50;
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var echo = new Echo.EchoClient(channel);

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(worker)))).Within("the workers");

        async Task WorkAsync(int worker)
        {
            for (var call = 0; call < CallsOfEach; call++)
            {
                var index = (worker * CallsOfEach) + call;
                var size = (index * 37) % 5_000;
                PayloadAssert.Is(await echo.UnaryAsync(Content.Create(index, size)), index, size);
            }
        }
    }

    private static void Observe(WebApplication app, ConcurrentDictionary<string, bool> connections)
        => app.Use((context, next) =>
        {
            connections.TryAdd(context.Connection.Id, true);
            return next(context);
        });

    /// <summary>Opens all streams, and lets none go on before each of them has had an answer: all are open at the same time.</summary>
    private static async Task OpenAllAtOnceAsync(List<TestChannel> channels)
    {
        var waiting = 0;
        var allOpen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, Streams).Select(index => ConverseAsync(channels[index % channels.Count], index));
        await Task.WhenAll(calls).Within($"{Streams} streams at once");

        async Task ConverseAsync(TestChannel channel, int number)
        {
            using var call = new Echo.EchoClient(channel).Duplex();
            await ExchangeAsync(call, number, 100);
            if (Interlocked.Increment(ref waiting) == Streams)
            {
                allOpen.SetResult();
            }

            await allOpen.Task;
            for (var round = 0; round < 5; round++)
            {
                await ExchangeAsync(call, number + round, 2_000);
            }

            await call.RequestStream.CompleteAsync();
            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        static async Task ExchangeAsync(AsyncDuplexStreamingCall<Payload, Payload> call, int index, int size)
        {
            await call.RequestStream.WriteAsync(Content.Create(index, size));
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            PayloadAssert.Is(call.ResponseStream.Current, index, size);
        }
    }
}
