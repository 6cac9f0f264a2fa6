using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Nerdbank.Streams;
using StreamJsonRpc;
using Tachyon.Measuring;

namespace Tachyon.Perf.Rivals;

/// <summary>StreamJsonRpc with MessagePack on a Unix socket; Kestrel accepts the connections.</summary>
internal sealed class JsonRpcCandidate() : Candidate("json-rpc")
{
    internal override CandidateChannel CreateChannel(string address)
    {
        var calls = new RivalCalls(async () => new JsonRpcClient(await ConnectSocketAsync(address, CancellationToken.None)));
        return new CandidateChannel(calls, calls);
    }

    /// <summary>How both sides write: a length, then MessagePack.</summary>
    internal static LengthHeaderMessageHandler CreateHandler(IDuplexPipe pipe)
        => new(pipe.Output, pipe.Input, new MessagePackFormatter());

    protected override void Configure(WebApplicationBuilder builder, string path)
    {
        builder.WebHost.UseSockets();
        builder.Services.AddSingleton<JsonRpcConnections>();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.ListenUnixSocket(path, static listen => listen.UseConnectionHandler<JsonRpcConnections>()));
    }

    protected override void Map(WebApplication server)
    {
        // Nothing by HTTP.
    }
}

/// <summary>Serves each connection of Kestrel.</summary>
internal sealed class JsonRpcConnections : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        using var rpc = new JsonRpc(JsonRpcCandidate.CreateHandler(connection.Transport), new JsonRpcService());
        rpc.StartListening();
        try
        {
            await rpc.Completion;
        }
        catch (Exception exception) when (exception is IOException or ConnectionResetException)
        {
            // The client has left.
        }
    }
}

/// <summary>The service.</summary>
internal sealed class JsonRpcService
{
    // A stream without pauses is sent ahead of its reader.
    private static readonly JsonRpcEnumerableSettings s_ahead = new() { MaxReadAhead = 10, MinBatchSize = 1 };

    internal static IAsyncEnumerable<byte[]> Ahead(IAsyncEnumerable<byte[]> messages) => messages.WithJsonRpcSettings(s_ahead);

#pragma warning disable CA1822 // StreamJsonRpc calls methods of an instance.
    public byte[] Unary(byte[] data) => data;

    public IAsyncEnumerable<byte[]> Download(int size, int count, CancellationToken cancellationToken)
        => Ahead(RivalService.DownloadAsync(size, count, cancellationToken));

    public Task<long> Upload(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken)
        => RivalService.UploadAsync(messages, cancellationToken);
#pragma warning restore CA1822
}

/// <summary>A client of it.</summary>
internal sealed class JsonRpcClient : IRivalClient
{
    private readonly JsonRpc _rpc;

    internal JsonRpcClient(Stream stream)
    {
        _rpc = new JsonRpc(JsonRpcCandidate.CreateHandler(stream.UsePipe()));
        _rpc.StartListening();
    }

    public Task<byte[]> UnaryAsync(byte[] data, CancellationToken cancellationToken)
        => _rpc.InvokeWithCancellationAsync<byte[]>("Unary", [data], cancellationToken);

    public async IAsyncEnumerable<byte[]> DownloadAsync(int size, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var messages = await _rpc.InvokeWithCancellationAsync<IAsyncEnumerable<byte[]>>("Download", [size, count], cancellationToken);
        await foreach (var message in messages.WithCancellation(cancellationToken))
        {
            yield return message;
        }
    }

    public Task<long> UploadAsync(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken)
        => _rpc.InvokeWithCancellationAsync<long>("Upload", [JsonRpcService.Ahead(messages)], cancellationToken);

    /// <summary>A call for each message: a stream that is an argument ends with its call, before the answer's stream begins.</summary>
    public async IAsyncEnumerable<byte[]> PingPongAsync(
        IAsyncEnumerable<byte[]> messages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in messages.WithCancellation(cancellationToken))
        {
            yield return await UnaryAsync(message, cancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        return default;
    }
}
