using System.Net.Sockets;

namespace Tachyon.Tool.Proxy;

/// <summary>A client and the target, and what goes back and forth between them.</summary>
/// <remarks>
/// Back-pressure needs no code: each direction has one piece of memory under way, that of the ring (or one buffer between two sockets), and
/// receives no more before it is gone.
/// </remarks>
internal sealed class ProxiedConnection(ProxySide client, ProxySide target, ProxyTotals totals)
{
    /// <summary>Returns when both directions have ended, in whichever way. Neither side is disposed.</summary>
    internal Task RunAsync()
        => Task.WhenAll(PumpAsync(client, target, totals.ToTarget), PumpAsync(target, client, totals.ToClients));

    /// <summary>Resets both sides.</summary>
    internal void Abort()
    {
        client.Abort();
        target.Abort();
    }

    private async Task PumpAsync(ProxySide source, ProxySide sink, ByteCount moved)
    {
        // Not on the caller's thread: the first reads may find data for a long time.
        await Task.Yield();
        try
        {
            if (await source.CopyToAsync(sink, moved).ConfigureAwait(false))
            {
                sink.FinishWriting();
            }
            else
            {
                source.StopReading();
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // A reset of one side is a reset of the other, and ends the other direction too.
            Abort();
        }
        catch
        {
            Abort();
            throw;
        }
    }
}
