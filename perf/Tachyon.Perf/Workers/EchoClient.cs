using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.Perf.Workers;

/// <summary>The other end of <see cref="EchoListener"/>: a stream, as SocketsHttpHandler uses it.</summary>
internal sealed class EchoClient : IAsyncDisposable
{
    private readonly TachyonConnection _connection;
    private readonly byte[] _message = new byte[64];
    private readonly byte[] _reply = new byte[64];

    private EchoClient(TachyonConnection connection) => _connection = connection;

    internal static async Task<EchoClient> ConnectAsync(TachyonWaitMode mode, string address)
    {
        TachyonConnection connection = await TachyonConnection.ConnectAsync(
            EchoListener.PathFor(address), new TachyonChannelOptions { WaitMode = mode });
        connection.AllowInlineContinuations = true;
        return new EchoClient(connection);
    }

    internal async Task RunAsync(int roundTrips)
    {
        Stream stream = _connection.GetStream();
        for (int i = 0; i < roundTrips; i++)
        {
            await stream.WriteAsync(_message);

            // Not ReadExactlyAsync: that would allocate by itself.
            for (int got = 0; got < _reply.Length;)
            {
                int count = await stream.ReadAsync(_reply.AsMemory(got));
                got += count > 0 ? count : throw new EndOfStreamException("The echo ended early.");
            }
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
