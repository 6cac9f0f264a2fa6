using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Measuring;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Perf.Baselines;

/// <summary>The other process of a measurement; see <see cref="PeerProcess"/>.</summary>
internal static class BaselinesPeer
{
    internal const string Ready = "ready";
    internal const string Echo = "echo";
    internal const string Drain = "drain";

    internal const string Pipe = "pipe";
    internal const string UnixSocket = "unix";
    internal const string Tcp = "tcp";
    internal const string Ring = "ring";
    internal const string Parked = "parked";

    /// <summary>Serves one path until the parent closes our input, or dies.</summary>
    internal static void Run(string kind, string[] address)
    {
        using var commands = ReadCommands();
        switch (kind)
        {
            case Pipe:
                {
                    using var input = Open(address[0], Posix.ReadOnly);
                    using var output = Open(address[1], Posix.WriteOnly);
                    Serve(new DescriptorChannel((int)input.DangerousGetHandle(), (int)output.DangerousGetHandle()), commands);
                    break;
                }

            case UnixSocket:
                {
                    using var socket = SocketPairs.ConnectUnix(address[0]);
                    Serve(new DescriptorChannel((int)socket.Handle, (int)socket.Handle), commands);
                    break;
                }

            case Tcp:
                {
                    using var socket = SocketPairs.ConnectTcp(int.Parse(address[0], CultureInfo.InvariantCulture));
                    Serve(new DescriptorChannel((int)socket.Handle, (int)socket.Handle), commands);
                    break;
                }

            case Ring:
                {
                    using var memory = Open(address[0], Posix.ReadWrite);
                    if (SharedRegion.Validate(memory, RawRings.Capacity, RawRings.Capacity) is { } reason)
                    {
                        throw new MeasurementException(reason);
                    }

                    using var rings = new RawRings(memory, isServer: true);
                    Serve(new RingChannel(rings, new PeerWatch()), commands);
                    break;
                }

            case Parked:
                ParkedPeer.ServeAsync(address[0], commands).GetAwaiter().GetResult();
                break;
            default:
                throw new MeasurementException($"Unknown path '{kind}'.");
        }
    }

    internal static void Answer(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private static void Serve<TChannel>(TChannel channel, BlockingCollection<string> commands)
        where TChannel : struct, IChannel
    {
        Answer(Ready);
        foreach (var command in commands.GetConsumingEnumerable())
        {
            var words = command.Split(' ');
            var before = channel.SystemCalls;
            if (words[0] == Echo)
            {
                Loops.Echo(ref channel);
            }
            else
            {
                var block = GC.AllocateArray<byte>(int.Parse(words[1], CultureInfo.InvariantCulture), pinned: true);
                Loops.Receive(ref channel, block, long.Parse(words[2], CultureInfo.InvariantCulture));
            }

            Answer((channel.SystemCalls - before).ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Opens what the parent has open: its descriptors as /proc shows them.</summary>
    private static SafeFileHandle Open(string path, int access)
    {
        var handle = Libc.Open(path, access | Libc.OCloexec, 0);
        return handle.IsInvalid ? throw Errno.LastError("open", $"open {path}") : handle;
    }

    private static BlockingCollection<string> ReadCommands()
    {
        BlockingCollection<string> commands = [];
        new Thread(() =>
        {
            while (Console.In.ReadLine() is { } line)
            {
                commands.Add(line);
            }

            // Immediately: the other thread may wait for a parent that is dead.
            Environment.Exit(0);
        })
        { IsBackground = true, Name = "Commands" }.Start();
        return commands;
    }
}
