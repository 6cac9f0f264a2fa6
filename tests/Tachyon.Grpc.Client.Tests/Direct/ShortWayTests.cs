using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Logging;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>Which calls are no HTTP requests, and which the invoker leaves to the channel.</summary>
[Collection(Serial.Name)]
public sealed class ShortWayTests
{
    public static TheoryData<string> Options
        =>
        [
            "credentials", "write options", "wait for ready", "a canceled token", "a deadline in the past", "a local deadline",
            "compression", "a user agent", "an accepted encoding", "a long value", "long headers", "a trace", "an activity listener",
        ];

    public static TheoryData<string> ChannelSettings
        => ["a service config", "cancellation as such", "channel credentials", "a delegating handler", "logs of calls"];

    [Fact]
    public async Task First_call_is_of_the_channel_and_the_next_ones_of_every_method_are_not()
    {
        await using var comparison = await CallComparison.StartAsync(isWarm: false);
        var echo = new Echo.EchoClient(comparison.Short);

        Assert.Equal((1, 0), await comparison.CountAsync(async () => await echo.UnaryAsync(new Payload()).ResponseAsync.Within()));
        Assert.Equal((0, 1), await comparison.CountAsync(async () => await echo.UnaryAsync(new Payload()).ResponseAsync.Within()));
        Assert.Equal((0, 1), await comparison.CountAsync(
            async () => await new Outcome.OutcomeClient(comparison.Short).UnaryAsync(new OutcomeRequest()).ResponseAsync.Within()));
        Assert.Equal((0, 1), await comparison.CountAsync(() => Task.Run(() => echo.Unary(new Payload()))));
    }

    [Fact]
    public async Task Streaming_calls_are_of_the_channel()
    {
        await using var comparison = await CallComparison.StartAsync();
        var echo = new Echo.EchoClient(comparison.Short);

        var requests = await comparison.CountAsync(async () =>
        {
            using var expand = echo.Expand(new ExpandRequest { Messages = 1 });
            await expand.ResponseStream.MoveNext(CancellationToken.None).Within("the first message");
            using var collect = echo.Collect();
            await collect.RequestStream.CompleteAsync().Within("the end of the requests");
            await collect.ResponseAsync.Within("the reply");
            using var duplex = echo.Duplex();
            await duplex.RequestStream.CompleteAsync().Within("the end of the requests");
            await duplex.ResponseStream.MoveNext(CancellationToken.None).Within("the end");
        });

        Assert.Equal((3, 0), requests);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Call_with_options_that_need_the_channel_is_of_the_channel(string option)
    {
        await using var comparison = await CallComparison.StartAsync(
            configure: static options => options.UnsafeUseInsecureChannelCallCredentials = true);
        var callOptions = option switch
        {
            "credentials" => new CallOptions(credentials: CallCredentials.FromInterceptor(static (_, _) => Task.CompletedTask)),
            "write options" => new CallOptions(writeOptions: new WriteOptions(WriteFlags.NoCompress)),
            "wait for ready" => new CallOptions().WithWaitForReady(),
            "a canceled token" => new CallOptions(cancellationToken: new CancellationToken(canceled: true)),
            "a deadline in the past" => new CallOptions(deadline: DateTime.UtcNow.AddHours(-1)),
            "a local deadline" => new CallOptions(deadline: DateTime.Now.AddHours(1)),
            "compression" => new CallOptions([new("grpc-internal-encoding-request", "gzip")]),
            "a user agent" => new CallOptions([new("user-agent", "mine")]),
            "an accepted encoding" => new CallOptions([new("grpc-accept-encoding", "gzip")]),
            "a long value" => new CallOptions([new("a", new string('x', 20_000))]),
            "long headers" => new CallOptions(
                [.. Enumerable.Range(0, 3).Select(static at => new Metadata.Entry($"a{at}", new string('x', 11_000)))]),
            _ => default,
        };
        using var source = new ActivitySource("Tachyon.ShortWayTests");
        using var listener = new ActivityListener
        {
            ShouldListenTo = listened => option == "an activity listener"
                ? listened.Name == "Grpc.Net.Client"
                : option == "a trace" && listened.Name == source.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = option == "a trace" ? source.StartActivity("test") : null;

        var requests = await comparison.CountAsync(async () =>
        {
            try
            {
                await new Echo.EchoClient(comparison.Short).UnaryAsync(new Payload(), callOptions).ResponseAsync.Within();
            }
            catch (Exception exception) when (exception is RpcException or InvalidOperationException)
            {
                // Some of them fail, as they do over the channel: all that counts is whether a request without HTTP was made.
            }
        });

        Assert.Equal(0, requests.Short);
    }

    [Theory]
    [MemberData(nameof(ChannelSettings))]
    public async Task Channel_with_settings_of_its_own_makes_all_calls(string setting)
    {
        using var loggers = LoggerFactory.Create(static logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new CapturedLogs()));
        await using var comparison = await CallComparison.StartAsync(configure: options =>
        {
            switch (setting)
            {
                case "a service config":
                    options.ServiceConfig = new ServiceConfig();
                    break;
                case "cancellation as such":
                    options.ThrowOperationCanceledOnCancellation = true;
                    break;
                case "channel credentials":
                    options.UnsafeUseInsecureChannelCallCredentials = true;
                    options.Credentials = ChannelCredentials.Create(
                        ChannelCredentials.Insecure, CallCredentials.FromInterceptor(static (_, _) => Task.CompletedTask));
                    break;
                case "a delegating handler":
                    options.HttpHandler = new Passing { InnerHandler = new SocketsHttpHandler() };
                    break;
                default:
                    options.LoggerFactory = loggers;
                    break;
            }
        });

        Assert.Equal((1, 0), await comparison.CountAsync(
            async () => await new Echo.EchoClient(comparison.Short).UnaryAsync(new Payload()).ResponseAsync.Within()));
    }

    [Fact]
    public async Task Interceptors_see_calls_without_http_requests()
    {
        await using var comparison = await CallComparison.StartAsync();
        var seen = new List<string>();
        var invoker = comparison.Short.Intercept(metadata =>
        {
            seen.Add("call");
            return metadata;
        });

        Assert.Equal((0, 1), await comparison.CountAsync(
            async () => await new Echo.EchoClient(invoker).UnaryAsync(new Payload()).ResponseAsync.Within()));
        Assert.Equal(["call"], seen);
    }

    [Fact]
    public async Task Failed_call_is_logged()
    {
        var logs = new CapturedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(logs));
        await using var comparison = await CallComparison.StartAsync(configure: options => options.LoggerFactory = loggers);

        var call = new Outcome.OutcomeClient(comparison.Short).UnaryAsync(new OutcomeRequest { Status = 5, Detail = "gone" });
        await CallAssert.FailsAsync(call.ResponseAsync, "the call", StatusCode.NotFound);

        Assert.Contains(logs.Entries, static entry => entry.Event.Id == 206 && entry.Message.Contains("gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_beyond_the_streams_of_a_connection_are_of_the_channel()
    {
        await using var comparison = await CallComparison.StartAsync(
            kestrel: static kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = 2);
        var client = new Hold.HoldClient(comparison.Short);
        var ids = Enumerable.Range(0, 5).Select(static _ => CallIds.Next()).ToList();

        var requests = await comparison.CountAsync(async () =>
        {
            List<Task> calls = [];
            foreach (var id in ids)
            {
                calls.Add(client.UnaryAsync(new Payload(), CallIds.Header(id)).ResponseAsync);
                await comparison.Server.Probe.Call(id).Started.Within("a call in the server");
            }

            ids.ForEach(id => comparison.Server.Probe.Call(id).Release());
            await Task.WhenAll(calls).Within("the calls");
        });

        // Two on the first connection; a third call connects, and leaves one place on the new connection; the fifth connects again.
        Assert.Equal((2, 3), requests);
    }

    [Fact]
    public async Task Channel_over_HTTP2_makes_all_calls()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        using var channel = TachyonChannel.ForAddress(server.Path, new TachyonChannelOptions { Protocol = TachyonProtocol.PreferDirect });
        var echo = new Echo.EchoClient(TachyonChannel.CreateCallInvoker(channel));

        await echo.UnaryAsync(new Payload()).ResponseAsync.Within("the first call");
        Assert.Equal(2, (await echo.UnaryAsync(Content.Create(2, 10)).ResponseAsync.Within("the second call")).Index);
    }

    [Fact]
    public void Channel_of_another_kind_has_its_own_invoker()
    {
        using var channel = GrpcChannel.ForAddress("http://localhost");

        Assert.Same(channel.CreateCallInvoker().GetType(), TachyonChannel.CreateCallInvoker(channel).GetType());
        Assert.Throws<ArgumentNullException>(() => TachyonChannel.CreateCallInvoker(null!));
    }

    private sealed class Passing : DelegatingHandler;
}
