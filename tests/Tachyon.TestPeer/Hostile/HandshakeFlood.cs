using System.Globalization;
using System.Net.Sockets;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.TestPeer.Hostile;

/// <summary>Clients that begin handshakes and never end them.</summary>
internal static class HandshakeFlood
{
    /// <summary>More than a server lets one user have.</summary>
    private const int MostOpen = 200;

    private static readonly Queue<Socket> s_open = new();
    private static long s_begun;

    /// <summary>Asks for connections and reads no reply. The argument: how many, and "ready" to claim that the reply was read.</summary>
    internal static async Task LeaveUnreadAsync(string path, string argument)
    {
        var words = argument.Split(' ');
        var ready = words.Length > 1;
        for (var i = 0; i < int.Parse(words[0], CultureInfo.InvariantCulture); i++)
        {
            var socket = Connect(path);
            s_open.Enqueue(socket);
            try
            {
                await ControlSocket.SendAsync(socket, Message(MessageKind.Hello), default).ConfigureAwait(false);
                if (ready)
                {
                    await ControlSocket.SendAsync(socket, Message(MessageKind.Ready), default).ConfigureAwait(false);
                }
            }
            catch (SocketException)
            {
                // The server has refused it at once.
            }
        }

        ServerRoles.Report("sent");
    }

    /// <summary>Connects and sends half a word, again and again, as long as the process lives.</summary>
    internal static void Start(string path)
    {
        new Thread(() => Begin(path)) { IsBackground = true }.Start();
        ServerRoles.Report("ready");
    }

    /// <summary>Reports how many handshakes were begun.</summary>
    internal static void Run(string command) => ServerRoles.Report(Volatile.Read(ref s_begun).ToString(CultureInfo.InvariantCulture));

    private static void Begin(string path)
    {
        while (true)
        {
            try
            {
                var socket = Connect(path);
                s_open.Enqueue(socket);
                socket.Send("TA"u8);
            }
            catch (SocketException)
            {
                // Refused at once, or the server's backlog is full.
            }

            s_begun++;
            while (s_open.Count > MostOpen)
            {
                s_open.Dequeue().Dispose();
            }
        }
    }

    private static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static HandshakeMessage Message(MessageKind kind)
        => new(kind, 1, 1, HandshakeStatus.Ok, HandshakeMessage.KnownFeatures, HandshakeMessage.SocketPairDoorbells, 65_536, 65_536, 0, 0);
}
