using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.Perf.Workers;

/// <summary>Echoes over the transport itself, without gRPC or Kestrel.</summary>
internal sealed class RawEchoServer : IAsyncDisposable
{
    private readonly TachyonListener _listener;
    private readonly Task _accepting;

    private RawEchoServer(TachyonListener listener)
    {
        _listener = listener;
        _accepting = AcceptAsync();
    }

    internal static RawEchoServer Start(TachyonWaitMode mode, string path)
        => new(TachyonListener.Listen(PathFor(path), new TachyonServerOptions { WaitMode = mode }));

    internal static string PathFor(string path) => path + ".echo";

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptAsync() is { } connection)
        {
            _ = EchoAsync(connection);
        }
    }

    private static async Task EchoAsync(TachyonConnection connection)
    {
        // As the Kestrel adapter has it for HTTP/2.
        connection.AllowInlineContinuations = true;
        while (true)
        {
            var read = await connection.Input.ReadAsync();
            foreach (var part in read.Buffer)
            {
                var room = connection.Output.GetSpan(part.Length);
                part.Span.CopyTo(room);
                connection.Output.Advance(part.Length);
            }

            connection.Input.AdvanceTo(read.Buffer.End);
            await connection.Output.FlushAsync();
            if (read.IsCompleted)
            {
                break;
            }
        }

        await connection.DisposeAsync();
    }
}

/// <summary>The other end of <see cref="RawEchoServer"/>: a stream, as SocketsHttpHandler uses it.</summary>
internal sealed class RawEchoClient : IAsyncDisposable
{
    private readonly TachyonConnection _connection;
    private readonly byte[] _message = new byte[64];
    private readonly byte[] _reply = new byte[64];

    private RawEchoClient(TachyonConnection connection) => _connection = connection;

    internal static async Task<RawEchoClient> ConnectAsync(TachyonWaitMode mode, string address)
    {
        var connection = await TachyonConnection.ConnectAsync(
            RawEchoServer.PathFor(address), new TachyonClientOptions { WaitMode = mode });
        connection.AllowInlineContinuations = true;
        return new RawEchoClient(connection);
    }

    internal async Task RunAsync(int roundTrips)
    {
        var stream = _connection.GetStream();
        for (var i = 0; i < roundTrips; i++)
        {
            await stream.WriteAsync(_message);

            // Not ReadExactlyAsync: that would allocate by itself.
            for (var got = 0; got < _reply.Length;)
            {
                var count = await stream.ReadAsync(_reply.AsMemory(got));
                got += count > 0 ? count : throw new EndOfStreamException("The echo ended early.");
            }
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
