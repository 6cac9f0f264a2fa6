using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>The consumer's wait for data, or for the end of the stream.</summary>
internal sealed class DataWaiter(ConnectionCore connection) : Waiter(connection)
{
    private readonly ConnectionCore _connection = connection;

    protected override bool IsReady()
        => _connection.Consumer.HasData
        || _connection.Consumer.ProducerState != ProducerStates.Open
        || _connection.IsPeerGone
        || IsCanceled
        || _connection.Failure is not null;

    protected override void Arm() => _connection.Consumer.Arm();

    protected override void Disarm() => _connection.Consumer.Disarm();
}

/// <summary>The producer's wait for space in the ring, or for a consumer that does not read any more.</summary>
internal sealed class SpaceWaiter(ConnectionCore connection) : Waiter(connection)
{
    private readonly ConnectionCore _connection = connection;

    private int _wanted = 1;

    /// <summary>Starts to wait until <paramref name="wanted"/> bytes (at most the capacity) are free.</summary>
    internal bool Begin(int wanted)
    {
        // Published with the phase, by the full fence of Begin. A thread that checks an older phase may find either value; its claim fails.
        Volatile.Write(ref _wanted, wanted);
        return Begin();
    }

    protected override bool IsReady()
        => _connection.Producer.HasSpace(Volatile.Read(ref _wanted))
        || _connection.Producer.ConsumerState != ConsumerStates.Open
        || _connection.IsPeerGone
        || IsCanceled
        || _connection.Failure is not null;

    protected override void Arm() => _connection.Producer.Arm(Volatile.Read(ref _wanted));

    protected override void Disarm() => _connection.Producer.Disarm();
}
