using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport;

/// <summary>What both sides of a connection can choose. Read when a connection is made; changes do not affect live ones.</summary>
public abstract class TachyonOptions
{
    private int _sendRingSize = 1024 * 1024;
    private int _receiveRingSize = 1024 * 1024;
    private TimeSpan _handshakeTimeout = TimeSpan.FromSeconds(5);

    private protected TachyonOptions()
    {
    }

    /// <summary>How this process waits for its peer. Default: <see cref="TachyonWaitMode.Adaptive"/>. Each side chooses for
    /// itself.</summary>
    public TachyonWaitMode WaitMode { get; set; }

    /// <summary>
    /// Bytes of the ring that this side writes to. Default 1 MiB; a power of two from 64 KiB to 256 MiB. Memory is used as it is touched.
    /// Of the two sides' wishes the smaller one is granted.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a power of two, or out of range.</exception>
    public int SendRingSize
    {
        get => _sendRingSize;
        set => _sendRingSize = CheckRingSize(value);
    }

    /// <summary>
    /// Bytes of the ring that this side reads from. Default 1 MiB; a power of two from 64 KiB to 256 MiB. Memory is used as it is touched.
    /// Of the two sides' wishes the smaller one is granted.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a power of two, or out of range.</exception>
    public int ReceiveRingSize
    {
        get => _receiveRingSize;
        set => _receiveRingSize = CheckRingSize(value);
    }

    /// <summary>How long a handshake may take. Default 5 s; more than zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or less, or more than 24 days.</exception>
    public TimeSpan HandshakeTimeout
    {
        get => _handshakeTimeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
            _handshakeTimeout = value;
        }
    }

    private static int CheckRingSize(int value)
        => RegionLayout.IsValidCapacity(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A ring size is a power of two from 65536 (64 KiB) to 268435456 (256 MiB) bytes.");
}
