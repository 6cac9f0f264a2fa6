using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>
/// A client of an echo server that connects, exchanges a known pattern and closes when it is told to, and says how each of it went. It says
/// "closed" when the connection that it holds ends without being asked.
/// </summary>
internal static class Exchange
{
    private const int Bytes = 1_000_000;

    private static string s_path = "";
    private static TimeSpan s_handshakeTimeout;
    private static TachyonConnection? s_connection;

    internal static async Task StartAsync(string path, bool connect, TimeSpan? handshakeTimeout = null)
    {
        s_path = path;
        s_handshakeTimeout = handshakeTimeout ?? TimeSpan.FromSeconds(2);
        PressedServer.MakeAllThreads();
        if (connect)
        {
            await ConnectAsync(path).ConfigureAwait(false);
        }
        else
        {
            ServerRoles.Report("ready");
        }
    }

    internal static void Run(string command)
    {
        switch (command)
        {
            case "connect":
                ConnectAsync(s_path).GetAwaiter().GetResult();
                break;
            case "connect-nowhere":
                // To a path without a server: all of the code is loaded, and no connection made.
                ConnectAsync(s_path + ".none").GetAwaiter().GetResult();
                break;
            case "exchange":
                ExchangeAsync().GetAwaiter().GetResult();
                break;
            case "close":
                s_connection!.DisposeAsync().AsTask().GetAwaiter().GetResult();
                ServerRoles.Report("done");
                break;
            case "ping":
                ServerRoles.Report("pong");
                break;
            default:
                throw new ArgumentException($"Unknown command '{command}'.");
        }
    }

    private static async Task ConnectAsync(string path)
    {
        try
        {
            s_connection = await TachyonConnection
                .ConnectAsync(path, new TachyonClientOptions
                {
                    HandshakeTimeout = s_handshakeTimeout,
                    SendRingSize = 16 << 20,
                    ReceiveRingSize = 16 << 20,
                }).ConfigureAwait(false);
            ServerRoles.Report($"connected to {s_connection.Peer.ProcessId}");
            s_connection.Closed.Register(static () => ServerRoles.Report("closed"));
        }
        catch (TachyonConnectException exception)
        {
            ServerRoles.Report($"error {exception.Error}: {exception.Message}");
        }
#pragma warning disable CA1031 // The parent must see every other exception: it is what the test is about.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ServerRoles.Report($"unexpected {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static async Task ExchangeAsync()
    {
        var sending = Task.Run(() => Traffic.SendAsync(s_connection!.Output, Bytes, seed: 7));
        var received = await Traffic.ReceiveAsync(s_connection!.Input, seed: 7, limit: Bytes).ConfigureAwait(false);
        _ = await sending.ConfigureAwait(false);
        ServerRoles.Report($"exchanged {received}");
    }
}
