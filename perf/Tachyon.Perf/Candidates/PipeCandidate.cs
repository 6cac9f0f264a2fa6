using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Measuring;

namespace Tachyon.Perf.Candidates;

/// <summary>The lower bound of the gRPC stack: two pipes of System.IO.Pipelines within one process.</summary>
internal sealed class PipeCandidate() : GrpcCandidate("pipe")
{
    private readonly PipeTransport _transport = new();

    internal override bool InProcess => true;

    protected override void ConfigureTransport(WebApplicationBuilder builder, string path)
    {
        builder.Services.AddSingleton<IConnectionListenerFactory>(_transport);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(PipeTransport.EndPoint, listen => listen.Protocols = HttpProtocols.Http2));
    }

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options)
        => CreateChannel(options, _ => ValueTask.FromResult(_transport.Connect()));
}

/// <summary>A transport for Kestrel whose connections are two pipes in this process.</summary>
internal sealed class PipeTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    internal static readonly EndPoint EndPoint = new PipeEndPoint();

    // The capacity of a ring.
    private static readonly PipeOptions s_pipe
        = new(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false);

    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();

    public bool CanBind(EndPoint endpoint) => endpoint == EndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        => ValueTask.FromResult<IConnectionListener>(new Listener(_connections));

    internal Stream Connect()
    {
        var up = new Pipe(s_pipe);
        var down = new Pipe(s_pipe);
        var server = new DuplexPipe(up.Reader, down.Writer);
        var client = new DuplexPipe(down.Reader, up.Writer);
        if (!_connections.Writer.TryWrite(new DefaultConnectionContext(Guid.NewGuid().ToString(), server, client)))
        {
            throw new IOException("The server has stopped.");
        }

        return new PipeStream(client);
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Listener(Channel<ConnectionContext> connections) : IConnectionListener
    {
        public EndPoint EndPoint => PipeTransport.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
            => await connections.Reader.WaitToReadAsync(cancellationToken) && connections.Reader.TryRead(out var connection)
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

/// <summary>Two pipes as the stream that SocketsHttpHandler requires.</summary>
internal sealed class PipeStream(IDuplexPipe pipe) : Stream
{
    private readonly Stream _input = pipe.Input.AsStream();
    private readonly Stream _output = pipe.Output.AsStream();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => _input.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => _output.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => _output.Write(buffer, offset, count);

    public override void Flush() => _output.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
            _output.Dispose();
        }

        base.Dispose(disposing);
    }
}
