using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Perf.Baselines;

/// <summary>One way to the other process, with that process at its end. At rest neither side uses a core.</summary>
internal abstract class BaselinePath(string name) : IDisposable
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.6);

    internal string Name => name;

    internal abstract string Note { get; }

    /// <summary>Round trips of 32 bytes: timed ones, and then others that are timed together.</summary>
    internal abstract RoundTrips Measure(int timed, int untimed, TimeSpan limit);

    /// <summary>Until tiered compilation has settled in both processes.</summary>
    internal void WarmUp()
    {
        var end = Environment.TickCount64 + (long)s_warmUp.TotalMilliseconds;
        while (Environment.TickCount64 < end)
        {
            Measure(2048, 2048, s_warmUp / 4);
        }
    }

    public abstract void Dispose();

    internal static unsafe ChannelPath<DescriptorChannel> OpenPipe()
    {
        var there = stackalloc int[2];
        var back = stackalloc int[2];
        if (Libc.Pipe2(there, Libc.OCloexec) != 0 || Libc.Pipe2(back, Libc.OCloexec) != 0)
        {
            throw Errno.LastError("pipe2", "create a pipe");
        }

        var input = new SafeFileHandle(back[0], ownsHandle: true);
        var output = new SafeFileHandle(there[1], ownsHandle: true);
        using var peerInput = new SafeFileHandle(there[0], ownsHandle: true);
        using var peerOutput = new SafeFileHandle(back[1], ownsHandle: true);
        var peer = PeerProcess.Start(PathNames.Pipe, BaselinesPeer.Pipe, InProc(there[0]), InProc(back[1]));

        // The peer has its own descriptors from here on: when it dies, ours report it.
        return Opened(new ChannelPath<DescriptorChannel>(
            PathNames.Pipe, "", peer, new DescriptorChannel(back[0], there[1]), input, output));
    }

    internal static ChannelPath<DescriptorChannel> OpenUnixSocket(string directory)
    {
        var path = Path.Combine(directory, "baseline");
        using var listening = SocketPairs.ListenUnix(path);
        return OpenSocket(PathNames.UnixSocket, "", listening, BaselinesPeer.UnixSocket, path);
    }

    internal static ChannelPath<DescriptorChannel> OpenTcp()
    {
        using var listening = SocketPairs.ListenTcp();
        var port = ((IPEndPoint)listening.LocalEndPoint!).Port;
        return OpenSocket(PathNames.Tcp, "TCP_NODELAY", listening, BaselinesPeer.Tcp, port.ToString(CultureInfo.InvariantCulture));
    }

    internal static ChannelPath<RingChannel> OpenRing()
    {
        using var memory = SharedRegion.CreateMemory(RawRings.Capacity, RawRings.Capacity);
        var rings = new RawRings(memory, isServer: false);
        var peer = PeerProcess.Start(PathNames.Ring, BaselinesPeer.Ring, InProc((int)memory.DangerousGetHandle()));
        return Opened(new ChannelPath<RingChannel>(PathNames.Ring, "", peer, new RingChannel(rings, peer.Watch), rings));
    }

    private static ChannelPath<DescriptorChannel> OpenSocket(string name, string note, Socket listening, string kind, string address)
    {
        var peer = PeerProcess.Start(name, kind, address);
        Socket socket;
        try
        {
            socket = SocketPairs.Accept(listening, peer);
        }
        catch
        {
            peer.Dispose();
            throw;
        }

        return Opened(new ChannelPath<DescriptorChannel>(
            name, note, peer, new DescriptorChannel((int)socket.Handle, (int)socket.Handle), socket));
    }

    private static ChannelPath<TChannel> Opened<TChannel>(ChannelPath<TChannel> path)
        where TChannel : struct, IChannel
    {
        try
        {
            path.WaitUntilReady();
            return path;
        }
        catch
        {
            path.Dispose();
            throw;
        }
    }

    private static string InProc(int descriptor)
        => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{descriptor}");
}
