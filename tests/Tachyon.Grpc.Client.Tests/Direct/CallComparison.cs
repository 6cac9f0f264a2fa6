using System.Buffers.Binary;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>A server in direct mode, and the two invokers of one channel to it; the channel has made its first call.</summary>
internal sealed class CallComparison : IAsyncDisposable
{
    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create(static (byte[] value) => value, static value => value);

    private readonly TestServer _server;
    private int _httpRequests;
    private int _requests;

    private CallComparison(TestServer server, GrpcChannel channel)
    {
        _server = server;
        Channel = channel;
        OfChannel = channel.CreateCallInvoker();
        Short = TachyonChannel.CreateCallInvoker(channel);
    }

    internal GrpcChannel Channel { get; }

    internal CallInvoker OfChannel { get; }

    internal CallInvoker Short { get; }

    internal TestServer Server => _server;

    /// <summary>A method whose response a test writes itself.</summary>
    internal static Method<byte[], byte[]> Raw { get; } = new(MethodType.Unary, "raw", "Call", s_bytes, s_bytes);

    /// <summary>A message as it travels.</summary>
    internal static byte[] Message(int size, byte flag = 0, int? length = null)
    {
        var bytes = new byte[5 + size];
        bytes[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), length ?? size);
        return bytes;
    }

    internal static async Task<CallComparison> StartAsync(
        RequestDelegate? respond = null,
        Action<GrpcChannelOptions>? configure = null,
        Action<KestrelServerOptions>? kestrel = null,
        bool isWarm = true)
    {
        CallComparison? comparison = null;
        var server = await TestServer.StartAsync(TransportKind.Direct, new TestApplicationOptions
        {
            Kestrel = kestrel,
            Application = app => app.Use(async (context, next) =>
            {
                comparison?.Count(context);
                await (context.Request.Path == Raw.FullName && respond is not null ? respond(context) : next(context));
            }),
        });

        // Kestrel's id 13: an exception of the application, which some responses are.
        server.ExpectedErrors = [13];
        var options = new GrpcChannelOptions();
        configure?.Invoke(options);
        var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect }, options);
        comparison = new CallComparison(server, channel);
        if (isWarm)
        {
            await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the first call");
        }

        return comparison;
    }

    /// <summary>How many of the requests of an action were HTTP requests of the channel, and how many were not.</summary>
    internal async Task<(int Http, int Short)> CountAsync(Func<Task> action)
    {
        (var http, var all) = (_httpRequests, _requests);
        await action();
        return (_httpRequests - http, _requests - all - (_httpRequests - http));
    }

    /// <summary>Makes the same call with both invokers.</summary>
    internal async Task<(string Channel, string Short)> CompareAsync(Func<CallInvoker, Task<string>> call)
    {
        var expected = await call(OfChannel).Within("the call of the channel");
        string? actual = null;
        var requests = await CountAsync(async () => actual = await call(Short).Within("the short call"));
        Assert.Equal(0, requests.Http);
        return (expected, actual!);
    }

    /// <summary>All that a caller sees of a call.</summary>
    internal static async Task<string> DescribeAsync<T>(AsyncUnaryCall<T> call, Func<T, string> describe)
    {
        var result = await ResultAsync(call.ResponseAsync, describe);
        var headers = await ResultAsync(call.ResponseHeadersAsync, Describe);
        var status = Value(() => Describe(call.GetStatus()));
        var trailers = Value(() => Describe(call.GetTrailers()));
        return $"{result}\nheaders: {headers}\nstatus: {status}\ntrailers: {trailers}";
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _server.DisposeAsync();
    }

    // Only a request of HttpClient says what it accepts: a call without one gets no compressed response.
    private void Count(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (context.Request.Headers.ContainsKey("grpc-accept-encoding"))
        {
            Interlocked.Increment(ref _httpRequests);
        }
    }

    private static async Task<string> ResultAsync<T>(Task<T> task, Func<T, string> describe)
    {
        try
        {
            return describe(await task.Within("a result"));
        }
        catch (RpcException exception)
        {
            return $"{Describe(exception.Status)} [{Describe(exception.Trailers)}]";
        }
    }

    private static string Describe(Status status) => $"{status.StatusCode} '{status.Detail}' {status.DebugException?.GetType().Name}";

    private static string Describe(Metadata metadata)
        => string.Join(
            "; ", metadata.Select(static entry => $"{entry.Key}={(entry.IsBinary ? Convert.ToHexString(entry.ValueBytes) : entry.Value)}"));

    private static string Value(Func<string> get)
    {
        try
        {
            return get();
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            return $"{exception.GetType().Name}: {exception.Message}";
        }
    }
}
