using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>What a caller does to a call without an HTTP request ends it as one of the channel.</summary>
public sealed class UnaryCallTests
{
    [Fact]
    public async Task Message_of_a_mebibyte_and_metadata_come_back()
    {
        await using var comparison = await CallComparison.StartAsync();
        var metadata = new Metadata
        {
            { MetadataEcho.HeaderPrefix + "text", "a value" },
            { MetadataEcho.HeaderPrefix + "text", "another" },
            { MetadataEcho.HeaderPrefix + "data-bin", [0, 1, 255] },
            { MetadataEcho.TrailerPrefix + "data-bin", new byte[3_000] },
        };
        var request = Content.Create(1, 1024 * 1024);

        (var expected, var actual) = await comparison.CompareAsync(invoker => CallComparison.DescribeAsync(
            new Echo.EchoClient(invoker).UnaryAsync(request, metadata), reply => $"{Content.Difference(reply, 1, 1024 * 1024)}"));

        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task Error_has_its_detail_and_its_trailers()
    {
        await using var comparison = await CallComparison.StartAsync();
        var request = new OutcomeRequest { Status = 9, Detail = "größer,\r\n100 %", StatusDetails = ByteString.CopyFromUtf8("details") };
        var metadata = new Metadata { { MetadataEcho.TrailerPrefix + "reason", "out of stock" } };

        (var expected, var actual) = await comparison.CompareAsync(invoker => CallComparison.DescribeAsync(
            new Outcome.OutcomeClient(invoker).UnaryAsync(request, metadata), static reply => reply.ToString()));

        Assert.Contains("FailedPrecondition", actual, StringComparison.Ordinal);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task Deadline_ends_the_call()
    {
        await using var comparison = await CallComparison.StartAsync();

        // The server keeps the deadline, too, and its status has a detail: the first word of each line is common to both.
        (var expected, var actual) = await comparison.CompareAsync(async invoker =>
        {
            var call = new Hold.HoldClient(invoker).UnaryAsync(new Payload(), deadline: DateTime.UtcNow.AddSeconds(0.5));
            return Words(await CallComparison.DescribeAsync(call, static reply => reply.ToString()));
        });

        Assert.StartsWith("DeadlineExceeded", actual, StringComparison.Ordinal);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task Deadline_reaches_the_server()
    {
        await using var comparison = await CallComparison.StartAsync();
        var id = CallIds.Next();
        var deadline = DateTime.UtcNow.AddHours(50);
        using var call = new Hold.HoldClient(comparison.Short).UnaryAsync(new Payload(), CallIds.Header(id), deadline);

        var probe = comparison.Server.Probe.Call(id);
        await probe.Started.Within("the call in the server");
        probe.Release();
        await call.ResponseAsync.Within("the reply");

        // More milliseconds than the eight digits of the header take: rounded up to seconds.
        Assert.InRange(probe.Deadline, deadline.AddSeconds(-1), deadline.Add(Watchdog.Limit));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Canceled_call_ends_on_both_sides(bool byToken)
    {
        await using var comparison = await CallComparison.StartAsync();

        (var expected, var actual) = await comparison.CompareAsync(async invoker =>
        {
            var id = CallIds.Next();
            using var cancellation = new CancellationTokenSource();
            var call = new Hold.HoldClient(invoker).UnaryAsync(new Payload(), CallIds.Header(id), cancellationToken: cancellation.Token);
            await comparison.Server.Probe.Call(id).Started.Within("the call in the server");
            if (byToken)
            {
                await cancellation.CancelAsync();
            }
            else
            {
                call.Dispose();
            }

            await comparison.Server.Probe.Call(id).Cancelled.Within("the cancellation in the server");
            return await CallComparison.DescribeAsync(call, static reply => reply.ToString());
        });

        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task Call_that_runs_has_neither_status_nor_trailers_and_ends_with_its_channel()
    {
        await using var comparison = await CallComparison.StartAsync();
        var id = CallIds.Next();
        using var call = new Hold.HoldClient(comparison.Short).UnaryAsync(new Payload(), CallIds.Header(id));
        await comparison.Server.Probe.Call(id).Started.Within("the call in the server");

        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
        comparison.Channel.Dispose();

        var failure = await CallAssert.FailsAsync(call.ResponseAsync, "a call of a disposed channel", StatusCode.Cancelled);
        Assert.Equal("gRPC call disposed.", failure.Status.Detail);
        Assert.Throws<ObjectDisposedException>(() => new Echo.EchoClient(comparison.Short).UnaryAsync(new Payload()));
    }

    [Fact]
    public async Task Headers_come_before_the_message()
    {
        var goOn = new TaskCompletionSource();
        await using var comparison = await CallComparison.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["a"] = "1";
            await context.Response.StartAsync();
            await context.Response.Body.FlushAsync();
            await goOn.Task;
            await context.Response.Body.WriteAsync(CallComparison.Message(3));
            context.Response.AppendTrailer("grpc-status", "0");
        });

        using var call = comparison.Short.AsyncUnaryCall(CallComparison.Raw, host: null, default, []);
        var headers = await call.ResponseHeadersAsync.Within("the headers");
        Assert.Equal("1", headers.GetValue("a"));
        Assert.False(call.ResponseAsync.IsCompleted);

        goOn.SetResult();
        Assert.Equal(3, (await call.ResponseAsync.Within("the message")).Length);
        Assert.Empty(call.GetTrailers());
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public async Task Server_that_does_not_read_the_request_answers_all_the_same(int size)
    {
        await using var comparison = await CallComparison.StartAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "8";
            return Task.CompletedTask;
        });

        for (var round = 0; round < 20; round++)
        {
            var call = comparison.Short.AsyncUnaryCall(CallComparison.Raw, host: null, default, new byte[size]);
            await CallAssert.FailsAsync(call.ResponseAsync, "the call", StatusCode.ResourceExhausted);
        }

        await new Echo.EchoClient(comparison.Short).UnaryAsync(Content.Create(1, 100)).ResponseAsync.Within("a call afterwards");
    }

    public static TheoryData<string> Marshalling
        =>
        [
            "too large", "too large, announced", "serializer throws", "no payload",
            "deserializer throws", "deserializer gives null", "status of the deserializer",
        ];

    [Theory]
    [MemberData(nameof(Marshalling))]
    public async Task Failure_of_a_marshaller_ends_the_call(string failure)
    {
        await using var comparison = await CallComparison.StartAsync(configure: static options => options.MaxSendMessageSize = 1_000);
        var request = new Marshaller<string>(
            (_, context) =>
            {
                switch (failure)
                {
                    case "too large":
                        context.Complete(new byte[1_001]);
                        break;
                    case "too large, announced":
                        context.SetPayloadLength(1_001);
                        context.GetBufferWriter();
                        break;
                    case "serializer throws":
                        throw new InvalidOperationException("of the test");
                    case "no payload":
                        break;
                    default:
                        context.GetBufferWriter().GetSpan();
                        context.Complete();
                        break;
                }
            },
            static _ => "");
        var response = new Marshaller<string>(
            static (_, _) => { },
            _ => failure switch
            {
                "deserializer throws" => throw new InvalidOperationException("of the test"),
                "deserializer gives null" => null!,
                _ => throw new RpcException(new Status(StatusCode.DataLoss, "of the test")),
            });
        var method = new Method<string, string>(MethodType.Unary, "tachyon.test.Echo", "Unary", request, response);

        (var expected, var actual) = await comparison.CompareAsync(invoker => CallComparison.DescribeAsync(
            invoker.AsyncUnaryCall(method, host: null, default, ""), static reply => reply));

        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task Exchanges_are_used_again_for_many_calls_at_once()
    {
        await using var comparison = await CallComparison.StartAsync();
        var client = new Echo.EchoClient(comparison.Short);

        await Parallel.ForAsync(0, 2_000, async (index, cancellationToken) =>
        {
            var call = client.UnaryAsync(Content.Create(index, index % 300), cancellationToken: cancellationToken);
            var reply = await call.ResponseAsync.Within("a call");
            Assert.Null(Content.Difference(reply, index, index % 300));
        });
    }

    private static string Words(string lines) => string.Join('\n', lines.Split('\n').Select(static line => line.Split(' ')[0]));
}
