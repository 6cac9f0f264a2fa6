using System.Threading.Channels;

namespace Tachyon.Transport.Tests.Support;

/// <summary>A listener at a fresh path that collects its refusals.</summary>
internal sealed class TestListener : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Channel<TachyonHandshakeFailure> _failures = Channel.CreateUnbounded<TachyonHandshakeFailure>();

    internal TestListener(TachyonServerOptions? options = null, string? path = null)
        => Listener = TachyonListener.Listen(
            path ?? _directory.NewSocketPath(),
            options,
            new TachyonListenerSettings { HandshakeFailed = failure => _failures.Writer.TryWrite(failure) });

    internal TachyonListener Listener { get; }

    internal TachyonEndPoint EndPoint => Listener.EndPoint;

    internal string Path => EndPoint.Path;

    internal TempDirectory Directory => _directory;

    internal async Task<TachyonHandshakeFailure> FailureAsync() => await _failures.Reader.ReadAsync().Within("a refusal of the listener");

    internal async Task<TachyonConnection> AcceptAsync()
    {
        var connection = await Listener.AcceptAsync().Within("a connection of the listener");
        Assert.NotNull(connection);
        return connection;
    }

    /// <summary>The listener still takes clients, after whatever was done to it.</summary>
    internal async Task AssertServesAsync()
    {
        await using var client = await TachyonConnection.ConnectAsync(Path).Within();
        await using var server = await AcceptAsync();
        await client.Output.SendPatternAsync(100);
        await server.Input.ReceivePatternAsync(100);
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync().Within("the end of the listener");
        _directory.Dispose();
    }
}
