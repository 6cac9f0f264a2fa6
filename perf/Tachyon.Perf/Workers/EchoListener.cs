using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.Perf.Workers;

/// <summary>Sends back what it gets over the transport itself, with nothing of gRPC or Kestrel in between.</summary>
internal sealed class EchoListener : IAsyncDisposable
{
    private readonly TachyonListener _listener;
    private readonly Task _accepting;

    private EchoListener(TachyonListener listener)
    {
        _listener = listener;
        _accepting = AcceptAsync();
    }

    internal static EchoListener Start(TachyonWaitMode mode, string path)
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
            ReadResult read = await connection.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
            {
                Span<byte> room = connection.Output.GetSpan(part.Length);
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
