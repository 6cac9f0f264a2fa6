using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Measuring;

namespace Tachyon.Perf.Rivals;

/// <summary>SignalR over WebSockets on a Unix socket, with MessagePack.</summary>
internal sealed class SignalRCandidate() : Candidate("signalr")
{
    internal override CandidateChannel CreateChannel(string address)
    {
        var calls = new RivalCalls(async () => await HubClient.ConnectAsync(address, ConnectSocketAsync));
        return new CandidateChannel(calls, calls);
    }

    protected override void Configure(WebApplicationBuilder builder, string path)
    {
        builder.WebHost.UseSockets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path));
        builder.Services.AddRouting();
        builder.Services.AddSignalR(static options =>
        {
            // As many as the scenarios have in flight. The default is one after the other.
            options.MaximumParallelInvocationsPerClient = 256;
            options.MaximumReceiveMessageSize = null;
        }).AddMessagePackProtocol();
    }

    protected override void Map(WebApplication server)
        => server.MapHub<EchoHub>("/echo", static options =>
        {
            options.Transports = HttpTransportType.WebSockets;

            // Above a message of 1 MiB: beyond this the writer waits for the reader.
            options.ApplicationMaxBufferSize = options.TransportMaxBufferSize = 4 << 20;
        });
}

/// <summary>The service.</summary>
internal sealed class EchoHub : Hub
{
#pragma warning disable CA1822 // SignalR calls methods of an instance.
    public byte[] Unary(byte[] data) => data;

    public IAsyncEnumerable<byte[]> Download(int size, int count, CancellationToken cancellationToken)
        => RivalService.DownloadAsync(size, count, cancellationToken);

    public Task<long> Upload(IAsyncEnumerable<byte[]> messages) => RivalService.UploadAsync(messages, Context.ConnectionAborted);

    public IAsyncEnumerable<byte[]> PingPong(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken) => messages;
#pragma warning restore CA1822
}

/// <summary>A client of it.</summary>
internal sealed class HubClient(HubConnection connection, HttpMessageInvoker http) : IRivalClient
{
    internal static async Task<IRivalClient> ConnectAsync(string path, Func<string, CancellationToken, ValueTask<Stream>> connect)
    {
        var http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellationToken) => connect(path, cancellationToken),
        });
        var connection = new HubConnectionBuilder().WithUrl("http://localhost/echo", options =>
        {
            options.Transports = HttpTransportType.WebSockets;
            options.SkipNegotiation = true;
            options.ApplicationMaxBufferSize = options.TransportMaxBufferSize = 4 << 20;
            options.WebSocketFactory = async (context, cancellationToken) =>
            {
                var socket = new ClientWebSocket();
                await socket.ConnectAsync(context.Uri, http, cancellationToken);
                return socket;
            };
        }).AddMessagePackProtocol().Build();
        await connection.StartAsync();
        return new HubClient(connection, http);
    }

    public Task<byte[]> UnaryAsync(byte[] data, CancellationToken cancellationToken)
        => connection.InvokeAsync<byte[]>("Unary", data, cancellationToken);

    public IAsyncEnumerable<byte[]> DownloadAsync(int size, int count, CancellationToken cancellationToken)
        => connection.StreamAsync<byte[]>("Download", size, count, cancellationToken);

    public Task<long> UploadAsync(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken)
        => connection.InvokeAsync<long>("Upload", messages, cancellationToken);

    public IAsyncEnumerable<byte[]> PingPongAsync(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken)
        => connection.StreamAsync<byte[]>("PingPong", messages, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        http.Dispose();
    }
}
