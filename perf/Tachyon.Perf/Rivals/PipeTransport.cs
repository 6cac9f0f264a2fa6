using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Tachyon.Perf.Rivals;

/// <summary>A transport for Kestrel whose connections are two pipes in this process.</summary>
internal sealed class PipeTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    internal static readonly EndPoint EndPoint = new PipeEndPoint();

    // As much as a ring holds, so that both have the same room.
    private static readonly PipeOptions s_pipe = new(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false);

    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();

    public bool CanBind(EndPoint endpoint) => endpoint == EndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        => ValueTask.FromResult<IConnectionListener>(new Listener(_connections));

    internal Stream Connect()
    {
        var up = new Pipe(s_pipe);
        var down = new Pipe(s_pipe);
        var server = new Ends(up.Reader, down.Writer);
        var client = new Ends(down.Reader, up.Writer);
        if (!_connections.Writer.TryWrite(new DefaultConnectionContext(Guid.NewGuid().ToString(), server, client)))
        {
            throw new IOException("The server has stopped.");
        }

        return new PipeStream(client);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Listener(Channel<ConnectionContext> connections) : IConnectionListener
    {
        public EndPoint EndPoint => PipeTransport.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
            => await connections.Reader.WaitToReadAsync(cancellationToken) && connections.Reader.TryRead(out ConnectionContext? connection)
                ? connection
                : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            connections.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class PipeEndPoint : EndPoint
    {
        public override string ToString() => "pipe";
    }
}
