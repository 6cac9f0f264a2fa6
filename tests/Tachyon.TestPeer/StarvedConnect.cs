using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>A client that begins to connect while its thread pool is blocked: "connect" begins, "outcome" reports how it ended.</summary>
internal sealed class StarvedConnect(string path)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    private Task<TachyonConnection>? _connect;

    internal void Run(string command)
    {
        switch (command)
        {
            case "connect":
                // Begins on this thread; all that follows needs the pool.
                _connect = TachyonConnection.ConnectAsync(path, new TachyonClientOptions { HandshakeTimeout = s_timeout });

                // What is tested: the limit of the handshake passes twice while no thread of the pool runs.
                Thread.Sleep(2 * s_timeout);
                ServerRoles.Report(_connect.IsCompleted ? "ended" : "waiting");
                break;
            case "outcome":
                ServerRoles.Report(
                    _connect!.ContinueWith(static task => task.Exception?.InnerException?.Message ?? "connected", TaskScheduler.Default).Result);
                break;
            default:
                Starvation.Run(command);
                break;
        }
    }
}
