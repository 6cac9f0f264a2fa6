using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>Echo servers for the tests of exhaustion: they say whom they refused and why, and whether they could listen at all.</summary>
internal static class PressedServer
{
    private static string s_path = "";
    private static TimeSpan s_handshakeTimeout;

    /// <summary>Says "ready", or why it can't listen; the command "listen" tries again.</summary>
    internal static void Start(string path, TimeSpan? handshakeTimeout = null)
    {
        s_path = path;
        s_handshakeTimeout = handshakeTimeout ?? TimeSpan.FromSeconds(2);
        MakeAllThreads();
        Listen();
    }

    internal static void Run(string command)
    {
        switch (command)
        {
            case "listen":
                Listen();
                break;
            case "ping":
                ServerRoles.Report("pong");
                break;
            default:
                throw new ArgumentException($"Unknown command '{command}'.");
        }
    }

    /// <summary>Serves on a listening socket that another process made and left to this one; without it the address is in use.</summary>
    internal static async Task ServeInheritedAsync(string path)
    {
        var listener = TachyonListener.Listen(path);
        ServerRoles.Report($"ready {Environment.ProcessId}");
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            _ = Traffic.EchoAsync(connection);
        }
    }

    /// <summary>
    /// The runtime needs a pipe to start a thread, and ends the process ("Out of memory.") when the pool can't have another worker for want
    /// of descriptors. That is not what the tests are about: all that the pool may have are there from the start.
    /// </summary>
    internal static void MakeAllThreads()
    {
        var threads = Math.Max(2, Environment.ProcessorCount);
        ThreadPool.SetMinThreads(threads, 1);
        ThreadPool.SetMaxThreads(threads, 1);
        using var all = new CountdownEvent(threads);
        using var done = new CountdownEvent(threads);
        for (var i = 0; i < threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    all.Signal();
                    all.Wait();
                    done.Signal();
                },
                null);
        }

        done.Wait();
    }

    private static void Listen()
    {
        try
        {
            var listener = TachyonListener.Listen(
                s_path,
                new TachyonServerOptions { HandshakeTimeout = s_handshakeTimeout, SendRingSize = 16 << 20, ReceiveRingSize = 16 << 20 },
                new TachyonListenerSettings { HandshakeFailed = static failure => ServerRoles.Report($"refused {failure.Reason}: {failure.Message}") });
            _ = AcceptAsync(listener);
            ServerRoles.Report("ready");
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            ServerRoles.Report($"error {exception.GetType().Name}: {exception.Message}");
        }
    }

    private static async Task AcceptAsync(TachyonListener listener)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            _ = ServeAsync(connection);
        }
    }

    private static async Task ServeAsync(TachyonConnection connection)
    {
        try
        {
            await Traffic.EchoAsync(connection).ConfigureAwait(false);
        }
        catch (TachyonConnectionResetException)
        {
            // The client was killed, or gave up.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
