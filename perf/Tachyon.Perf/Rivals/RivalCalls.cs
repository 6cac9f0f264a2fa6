using System.Runtime.InteropServices;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Tachyon.Measuring;

namespace Tachyon.Perf.Rivals;

/// <summary>
/// Lets the generated client, and so every scenario, call by way of a rival. The connection is made with the first call. Adds an object or
/// two to each call, and copies nothing.
/// </summary>
internal sealed class RivalCalls(Func<Task<IRivalClient>> connect) : CallInvoker, IDisposable
{
    private readonly Lazy<Task<IRivalClient>> _client = new(connect);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var reply = UnaryAsync(method.Name, request, options.CancellationToken);
        return new(As<TResponse>(reply), NoHeaders, StatusOf, NoTrailers, static () => { });
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
        var download = (DownloadRequest)(object)request;
        var messages = new MessageReader(
            _client.Value, client => client.DownloadAsync(download.Size, download.Count, stop.Token), stop.Token);
        return new((IAsyncStreamReader<TResponse>)(object)messages, NoHeaders, StatusOf, NoTrailers, () => Stop(stop));
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var messages = new MessageWriter();
        var reply = UploadAsync(messages, options.CancellationToken);
        return new(
            (IClientStreamWriter<TRequest>)(object)messages, As<TResponse>(reply), NoHeaders, StatusOf, NoTrailers, messages.Complete);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var sent = new MessageWriter();
        var stop = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
        var received = new MessageReader(_client.Value, client => client.PingPongAsync(sent.ReadAllAsync(), stop.Token), stop.Token);
        return new(
            (IClientStreamWriter<TRequest>)(object)sent,
            (IAsyncStreamReader<TResponse>)(object)received,
            NoHeaders,
            StatusOf,
            NoTrailers,
            () => Stop(stop));
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        => throw new NotSupportedException("The scenarios call without blocking.");

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _ = DisposeAsync(_client.Value);
        }
    }

    private static async Task DisposeAsync(Task<IRivalClient> connected)
    {
        var client = await connected;
        await client.DisposeAsync();
    }

    private static Task<TResponse> As<TResponse>(object reply)
        => reply as Task<TResponse> ?? throw new NotSupportedException($"No scenario of a rival has the reply {typeof(TResponse).Name}.");

    private static void Stop(CancellationTokenSource stop)
    {
        stop.Cancel();
        stop.Dispose();
    }

    private static Task<Metadata> NoHeaders => Task.FromResult(Metadata.Empty);

    private static Status StatusOf() => Status.DefaultSuccess;

    private static Metadata NoTrailers() => Metadata.Empty;

    private async Task<Payload> UnaryAsync(string method, object request, CancellationToken cancellationToken)
    {
        if (request is not Payload payload)
        {
            throw new MeasurementException($"A rival has no method {method}.");
        }

        var client = await _client.Value;
        return ToPayload(await client.UnaryAsync(ToBytes(payload), cancellationToken));
    }

    private async Task<UploadReply> UploadAsync(MessageWriter messages, CancellationToken cancellationToken)
    {
        var client = await _client.Value;
        return new UploadReply { Bytes = await client.UploadAsync(messages.ReadAllAsync(), cancellationToken) };
    }

    private static Payload ToPayload(byte[] bytes) => new() { Data = UnsafeByteOperations.UnsafeWrap(bytes) };

    private static byte[] ToBytes(Payload payload)
        => MemoryMarshal.TryGetArray(payload.Data.Memory, out var whole) && whole.Count == whole.Array!.Length
            ? whole.Array
            : payload.Data.ToByteArray();

    /// <summary>What the caller writes, for a rival that reads.</summary>
    private sealed class MessageWriter : IClientStreamWriter<Payload>
    {
        // As SignalR's own buffer of a stream.
        private readonly Channel<byte[]> _messages = Channel.CreateBounded<byte[]>(10);

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(Payload message) => _messages.Writer.WriteAsync(ToBytes(message)).AsTask();

        public Task WriteAsync(Payload message, CancellationToken cancellationToken)
            => _messages.Writer.WriteAsync(ToBytes(message), cancellationToken).AsTask();

        public Task CompleteAsync()
        {
            Complete();
            return Task.CompletedTask;
        }

        internal void Complete() => _messages.Writer.TryComplete();

        internal IAsyncEnumerable<byte[]> ReadAllAsync() => _messages.Reader.ReadAllAsync();
    }

    /// <summary>What a rival receives, for the caller.</summary>
    private sealed class MessageReader(
        Task<IRivalClient> client, Func<IRivalClient, IAsyncEnumerable<byte[]>> read, CancellationToken stop) : IAsyncStreamReader<Payload>
    {
        private readonly Task<IAsyncEnumerator<byte[]>> _reading = ReadAsync(client, read, stop);

        public Payload Current { get; private set; } = new();

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            var messages = await _reading;
            if (!await messages.MoveNextAsync())
            {
                return false;
            }

            Current = ToPayload(messages.Current);
            return true;
        }

        private static async Task<IAsyncEnumerator<byte[]>> ReadAsync(
            Task<IRivalClient> client, Func<IRivalClient, IAsyncEnumerable<byte[]>> read, CancellationToken stop)
            => read(await client).GetAsyncEnumerator(stop);
    }
}
