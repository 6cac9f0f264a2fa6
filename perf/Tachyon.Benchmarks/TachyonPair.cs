using Tachyon.Transport;

namespace Tachyon.Benchmarks;

/// <summary>Both ends of one Tachyon connection in this process, made by a real handshake; rings of the default 1 MiB.</summary>
internal sealed class TachyonPair : IAsyncDisposable
{
    private TachyonPair(TachyonConnection client, TachyonConnection server)
    {
        Client = client;
        Server = server;
    }

    internal TachyonConnection Client { get; }

    internal TachyonConnection Server { get; }

    internal static async Task<TachyonPair> ConnectAsync(TachyonWaitMode mode = TachyonWaitMode.Adaptive)
    {
        var endPoint = new TachyonEndPoint(SocketName.Next());
        await using var listener = TachyonListener.Listen(endPoint, new TachyonServerOptions { WaitMode = mode });
        var client = await TachyonConnection.ConnectAsync(endPoint.Path, new TachyonClientOptions { WaitMode = mode });
        var server = await listener.AcceptAsync() ?? throw new InvalidOperationException("The listener has stopped.");
        return new TachyonPair(client, server);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
