namespace Tachyon.TestPeer.Hostile;

/// <summary>What an honest peer does with the rings, step by step, by hand: the victim's connection is in real use between two
/// mutations.</summary>
internal sealed class RawTraffic(HostileEnd end, Random random)
{
    private ulong _sent;
    private ulong _received;

    /// <summary>Sends a little, takes what came, and wakes the victim as the protocol says, or not.</summary>
    internal void Step()
    {
        var toward = end.Toward;
        var from = end.From;
        var free = (ulong)HostileEnd.Capacity - (_sent - toward.Head);
        var count = random.Next(1, 4096);
        if ((ulong)count <= free && free <= (ulong)HostileEnd.Capacity)
        {
            Fill(count);
            _sent += (ulong)count;
        }

        Volatile.Write(ref toward.Tail, _sent);
        var there = Volatile.Read(ref from.Tail) - _received;
        if (there <= (ulong)HostileEnd.Capacity)
        {
            _received += there;
        }

        Volatile.Write(ref from.Head, _received);
        Interlocked.MemoryBarrier();
        var asleep = Interlocked.Exchange(ref toward.DataWanted, 0) != 0;
        asleep |= Interlocked.Exchange(ref from.SpaceWanted, 0) != 0;

        // Sometimes never rung, sometimes for nothing.
        if (random.Next(20) != 0 && (asleep || random.Next(20) == 0))
        {
            end.RingVictim();
        }
    }

    /// <summary>Until the victim has answered or ended, or has had its chance to.</summary>
    internal void LetVictimLook()
    {
        var tail = Volatile.Read(ref end.From.Tail);
        for (var look = 0; look < 60; look++)
        {
            if (Volatile.Read(ref end.From.Tail) != tail || end.VictimEnded)
            {
                return;
            }

            if (look % 4 == 0)
            {
                Thread.Yield();
            }

            Thread.SpinWait(40);
        }
    }

    private void Fill(int count)
    {
        var at = (int)(_sent % (ulong)HostileEnd.Capacity);
        var first = Math.Min(count, HostileEnd.Capacity - at);
        BytePattern.Fill(end.BytesToward.Slice(at, first), 0, seed: 9);
        BytePattern.Fill(end.BytesToward[..(count - first)], 0, seed: 9);
    }
}
