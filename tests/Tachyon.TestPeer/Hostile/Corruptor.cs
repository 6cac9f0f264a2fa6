using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.TestPeer.Hostile;

/// <summary>Does one thing after another to the shared memory, the doorbells and the lifeline that no honest peer would do.
/// Seeded.</summary>
internal sealed unsafe partial class Corruptor(HostileEnd end, Random random)
{
    private const int SetFlags = 4; // F_SETFL
    private const int PunchHole = 1 | 2; // FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE

    private static readonly ulong[] s_extremes =
    [
        0, 1, 2, 3, 4, 1UL << 31, (1UL << 31) - 1, 1UL << 32, (1UL << 32) - 1,
        1UL << 63, (1UL << 63) - 1, ulong.MaxValue, ulong.MaxValue - 1,
        (ulong)HostileEnd.Capacity, (ulong)HostileEnd.Capacity + 1, (ulong)HostileEnd.Capacity - 1, (ulong)HostileEnd.Capacity * 2,
    ];

    private bool _ownDoorbellBlocks;

    /// <summary>How often each kind was done in this process.</summary>
    internal static ConcurrentDictionary<string, int> Done { get; } = new();

    internal void Mutate()
    {
        var kind = Choose();
        Done.AddOrUpdate(kind, 1, static (_, count) => count + 1);
    }

    private string Choose()
    {
        switch (random.Next(20))
        {
            case 0:
                end.Toward.Tail = Position(end.Toward.Tail);
                return "tail";
            case 1:
                end.From.Head = Position(end.From.Head);
                return "head";
            case 2:
                // One check passes (it moved forward, and by less than a ring), the next may not.
                end.Toward.Tail += (ulong)random.Next(1, HostileEnd.Capacity + 2);
                return "tail forward";
            case 3:
                end.From.Head += (ulong)random.Next(1, HostileEnd.Capacity + 2);
                return "head forward";
            case 4:
                end.Toward.Tail -= 1;
                return "tail back by one";
            case 5:
                end.From.Head -= 1;
                return "head back by one";
            case 6:
                end.Toward.ProducerState = State();
                end.RingVictim();
                return "producer state";
            case 7:
                end.From.ConsumerState = State();
                return "consumer state";
            case 8:
                end.Toward.SpaceWanted = Extreme();
                end.From.DataWanted = (uint)Extreme();
                return "own sleep words";
            case 9:
                end.From.SpaceWanted = Extreme();
                end.Toward.DataWanted = (uint)Extreme();
                return "sleep words of the victim";
            case 10:
                end.Toward.Head = Position(end.Toward.Head);
                end.From.Tail = Position(end.From.Tail);
                return "positions of the victim";
            case 11:
                end.Toward.ConsumerState = State();
                end.From.ProducerState = State();
                return "states of the victim";
            case 12:
                random.NextBytes(Part(end.Header[..RegionLayout.ControlBlock0]));
                random.NextBytes(end.Header[(RegionLayout.ControlBlock1 + RegionLayout.ControlBlockSize)..4096]);
                return "identity and unused bytes";
            case 13:
                random.NextBytes(Part(end.BytesToward));
                return "bytes after publication";
            case 14:
                random.NextBytes(Part(end.BytesFrom));
                return "bytes of the victim";
            case 15:
                WriteFrames(Part(end.BytesToward));
                return "garbage frames";
            case 16:
                for (var i = random.Next(1, 200); i > 0; i--)
                {
                    end.RingVictim();
                }

                return "doorbell as fast as it goes";
            case 17:
                return Flip();
            case 18:
                return AtDoorbells();
            default:
                _ = Allocate(end.Memory, PunchHole, random.Next(64) * 4096L, random.Next(1, 32) * 4096L);
                return "hole in the memory";
        }
    }

    /// <summary>Two values in turn, at full speed, while the victim looks: what passed one check is gone at the next.</summary>
    private string Flip()
    {
        var toward = end.Toward;
        var from = end.From;
        var flips = random.Next(1, 2_000);
        switch (random.Next(4))
        {
            case 0:
                var tail = toward.Tail;
                var otherTail = random.Next(2) == 0 ? tail + (ulong)random.Next(1, HostileEnd.Capacity) : Position(tail);
                for (var i = 0; i < flips; i++)
                {
                    Volatile.Write(ref toward.Tail, (i & 1) == 0 ? otherTail : tail);
                }

                return "flipping tail";
            case 1:
                var head = from.Head;
                var otherHead = random.Next(2) == 0 ? from.Tail : Position(head);
                for (var i = 0; i < flips; i++)
                {
                    Volatile.Write(ref from.Head, (i & 1) == 0 ? otherHead : head);
                }

                return "flipping head";
            case 2:
                var state = State();
                for (var i = 0; i < flips; i++)
                {
                    Volatile.Write(ref toward.ProducerState, (i & 1) == 0 ? state : 0);
                    Volatile.Write(ref from.ConsumerState, (i & 1) == 0 ? state : 0);
                }

                return "flipping states";
            default:
                for (var i = 0; i < flips; i++)
                {
                    Volatile.Write(ref toward.DataWanted, (uint)i & 1);
                    Volatile.Write(ref from.DataWanted, (uint)i & 1);
                    Volatile.Write(ref toward.SpaceWanted, (ulong)i & 1);
                    Volatile.Write(ref from.SpaceWanted, (ulong)i & 1);
                }

                return "flipping sleep words";
        }
    }

    private string AtDoorbells()
    {
        ulong count;
        switch (random.Next(4))
        {
            case 0:
                // The victim's counter is 0 again.
                _ = Read(end.VictimDoorbell, &count, sizeof(ulong));
                return "doorbell of the victim read";
            case 1 when !_ownDoorbellBlocks:
                // Adding to ours blocks from now on, for us as well.
                _ownDoorbellBlocks = true;
                count = ulong.MaxValue - 2;
                _ = Libc.Write(end.OwnDoorbell, &count, sizeof(ulong));
                count = 1;
                while (Libc.Write(end.OwnDoorbell, &count, sizeof(ulong)) == sizeof(ulong))
                {
                }

                _ = Libc.Fcntl(end.OwnDoorbell, SetFlags, 0);
                return "own doorbell full and blocking";
            case 1 or 2:
                // Taken without ringing: the victim may sleep on.
                _ = Interlocked.Exchange(ref end.Toward.DataWanted, 0);
                _ = Interlocked.Exchange(ref end.From.SpaceWanted, 0);
                return "sleep words taken without ringing";
            default:
                end.Lifeline.Dispose();
                return "lifeline dropped";
        }
    }

    private ulong Position(ulong now) => random.Next(3) switch
    {
        0 => Extreme(),
        1 => now + Extreme(),
        _ => now - Extreme(),
    };

    private ulong Extreme()
        => random.Next(4) == 0
            ? unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue))
            : s_extremes[random.Next(s_extremes.Length)];

    private uint State() => random.Next(3) == 0 ? (uint)Extreme() : (uint)random.Next(5);

    private Span<byte> Part(Span<byte> bytes)
    {
        var start = random.Next(bytes.Length);
        return bytes.Slice(start, random.Next(1, Math.Min(4096, bytes.Length - start) + 1));
    }

    private void WriteFrames(Span<byte> bytes)
    {
        // Length, type, flags, stream: any of them, with lengths that are small enough to be followed by another frame.
        for (; bytes.Length >= 9; bytes = bytes[9..])
        {
            random.NextBytes(bytes[..9]);
            bytes[0] = 0;
            bytes[1] = 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(Microsoft.Win32.SafeHandles.SafeFileHandle fd, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(Microsoft.Win32.SafeHandles.SafeFileHandle fd, int mode, long offset, long length);
}
