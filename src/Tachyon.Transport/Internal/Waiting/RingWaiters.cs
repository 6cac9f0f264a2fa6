using Tachyon.Transport.Internal.Memory;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>The consumer's wait for data, or for the end of it.</summary>
internal sealed class DataWaiter(ConnectionCore end) : Waiter(end)
{
    private readonly ConnectionCore _end = end;

    protected override bool IsReady()
        => _end.Consumer.HasData
        || _end.Consumer.ProducerState != ProducerStates.Open
        || _end.IsPeerGone
        || IsCanceled
        || _end.Failure is not null;

    protected override void Arm() => _end.Consumer.Arm();

    protected override void Disarm() => _end.Consumer.Disarm();
}

/// <summary>The producer's wait for space in the ring, or for a consumer that will not read any more.</summary>
internal sealed class SpaceWaiter(ConnectionCore end) : Waiter(end)
{
    private readonly ConnectionCore _end = end;

    private int _wanted = 1;

    /// <summary>Starts to wait until <paramref name="wanted"/> bytes (at most the capacity) are free.</summary>
    internal bool Begin(int wanted)
    {
        // Published with the phase, by the full fence of Begin. Who looks on the strength of an older phase may find either value; its claim fails.
        Volatile.Write(ref _wanted, wanted);
        return Begin();
    }

    protected override bool IsReady()
        => _end.Producer.HasSpace(Volatile.Read(ref _wanted))
        || _end.Producer.ConsumerState != ConsumerStates.Open
        || _end.IsPeerGone
        || IsCanceled
        || _end.Failure is not null;

    protected override void Arm() => _end.Producer.Arm(Volatile.Read(ref _wanted));

    protected override void Disarm() => _end.Producer.Disarm();
}
