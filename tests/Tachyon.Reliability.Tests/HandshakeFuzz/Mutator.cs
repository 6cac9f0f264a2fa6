using System.Text;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Tests.Handshake;
using Tachyon.Transport.Tests.Support;

namespace Tachyon.Reliability.Tests.HandshakeFuzz;

/// <summary>Makes messages and descriptors of a handshake that are wrong in one way or another, or right. Seeded.</summary>
internal sealed class Mutator(Random random)
{
    private static readonly ulong[] s_extremes =
        [0, 1, 2, 63, 64, 65, 65_535, 65_536, 65_537, 1UL << 20, 1UL << 28, (1UL << 28) + 1, 1UL << 31,
         uint.MaxValue, 1UL << 63, ulong.MaxValue];

    // Offset and size of each field of a message (HandshakeMessage).
    private static readonly (int Offset, int Size)[] s_fields =
        [(0, 4), (4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 8), (24, 8), (32, 8), (40, 8), (48, 4), (52, 4), (56, 8)];

    private static readonly byte[][] s_foreign =
    [
        Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"),
        Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Encoding.ASCII.GetBytes("POST /tachyon.test.Echo/Unary HTTP/1.1\r\n\r\n"),
        [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, 1, 2, 3, 4, 5, 6, 7],
        Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"),
        [0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100],
        [0],
        Encoding.ASCII.GetBytes("TACX"),
    ];

    internal byte[] Message(HandshakeMessage honest)
    {
        var bytes = RawSocket.Bytes(honest);
        switch (random.Next(9))
        {
            case 0:
                return bytes[..random.Next(1, bytes.Length)];
            case 1:
                return [.. bytes, .. Garbage(random.Next(1, 300))];
            case 2:
                (var offset, var size) = s_fields[random.Next(s_fields.Length)];
                BitConverter.GetBytes(s_extremes[random.Next(s_extremes.Length)]).AsSpan(0, size).CopyTo(bytes.AsSpan(offset));
                return bytes;
            case 3:
                for (var i = random.Next(1, 8); i > 0; i--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                return bytes;
            case 4:
                return Garbage(random.Next(1, 300));
            case 5:
                return s_foreign[random.Next(s_foreign.Length)];
            case 6:
                return [.. Enumerable.Repeat(bytes, random.Next(2, 5)).SelectMany(static same => same)];
            default:
                return bytes;
        }
    }

    /// <summary>Mostly four; each of any kind, or the right ones.</summary>
    internal SafeFileHandle[] Descriptors(DescriptorSet set)
    {
        SafeFileHandle[] all = [.. set.All];
        switch (random.Next(8))
        {
            case 0:
                return [];
            case 1:
                return all[..random.Next(4)];
            case 2:
                return [.. Enumerable.Range(0, random.Next(5, 254)).Select(_ => all[random.Next(4)])];
            case 3:
                return [.. Enumerable.Repeat(all[random.Next(4)], 4)];
            case 4:
                random.Shuffle(all);
                return all;
            case 5 or 6:
                all[random.Next(4)] = Odd(set);
                return all;
            default:
                return all;
        }
    }

    private SafeFileHandle Odd(DescriptorSet set)
    {
        const int PathOnly = 0x200000; // O_PATH
        var size = RegionLayout.FileSize(65_536, 65_536);
        return random.Next(12) switch
        {
            0 => set.Epoll(),
            1 => set.Opened("/", Libc.ODirectory),
            2 => set.Opened("/dev/null", 2),
            3 => set.Opened("/dev/zero", 2),
            4 => set.Opened("/proc/self/exe", PathOnly),
            5 => set.Socket(),
            6 => set.HugePages(),
            7 => set.Memfd(size, random.Next(32)),
            8 => set.Memfd(size - random.Next(1, 65_536), SharedRegion.RequiredSeals),
            9 => set.Memfd(size + random.Next(1, 65_536), SharedRegion.RequiredSeals),
            10 => set.Memfd(1L << 40, SharedRegion.RequiredSeals),
            _ => set.Memfd(0, SharedRegion.RequiredSeals),
        };
    }

    private byte[] Garbage(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
