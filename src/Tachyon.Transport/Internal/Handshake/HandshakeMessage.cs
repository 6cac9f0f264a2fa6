using System.Buffers.Binary;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Handshake;

internal enum MessageKind : ushort
{
    /// <summary>Client to server, first: versions, features, requested ring sizes.</summary>
    Hello = 1,

    /// <summary>Server to client: the outcome, and with success the granted sizes and the descriptors.</summary>
    Reply = 2,

    /// <summary>Client to server, last: it has mapped the rings, or why not.</summary>
    Ready = 3,

    /// <summary>Client to server, in place of a hello: see <see cref="CaptureRequest"/>.</summary>
    Capture = 4,
}

internal enum HandshakeStatus : uint
{
    Ok = 0,
    VersionMismatch = 1,
    FeatureMismatch = 2,
    UserNotAllowed = 3,
    LimitReached = 4,
    Failed = 5,

    /// <summary>The server could not make the shared memory; it may serve the client over a plain socket.</summary>
    NoSharedMemory = 6,

    /// <summary>The options of the server forbid captures.</summary>
    CaptureNotAllowed = 7,

    /// <summary>The server's process is captured already.</summary>
    CaptureRunning = 8,
}

/// <summary>What the status of a reply leaves open. A client that does not know the detail goes by the status.</summary>
internal enum HandshakeDetail : uint
{
    None = 0,

    /// <summary>With <see cref="HandshakeStatus.NoSharedMemory"/>: the operator of the server turned it off.</summary>
    TurnedOff = 1,

    /// <summary>With <see cref="HandshakeStatus.NoSharedMemory"/>: the system of the server refuses what it needs.</summary>
    RefusedBySystem = 2,
}

/// <summary>One message of the handshake: 64 bytes, little endian.</summary>
/// <remarks>
/// <code>
///   offset  size  field            hello                  reply                        ready
///   0       4     magic            "TACH"                 "TACH"                       "TACH"
///   4       2     kind             1                      2                            3
///   6       2     length           64                     64                           64
///   8       2     lowest version   of the client          of the server                the version in use
///   10      2     highest version  of the client          in use; of the server if     the version in use
///                                                         the versions do not match
///   12      4     status           0                      see HandshakeStatus          0 when mapped
///   16      8     features         that the client has    in use                       0
///   24      8     required         features it must have  that the server must have    0
///   32      8     bytes of ring 0  requested              granted                      0
///   40      8     bytes of ring 1  requested              granted                      0
///   48      4     layout version   -                      of the shared region         0
///   52      4     descriptors      -                      4; 0 with an error, or for   0
///                                                         memory that is used again
///   48      8     memory to reuse  its number, or 0       -                            -
///   56      4     detail           0                      see HandshakeDetail          0
///   60      4     end of line      CR LF CR LF            0                            0
/// </code>
/// The first four bytes distinguish a hello from an HTTP/2 preface ("PRI "), an HTTP/1.1 method and a TLS record (0x16).
/// The empty line at the end of a hello makes an HTTP server that receives it by mistake answer at once: Kestrel, for example, waits for
/// the end of the line before it answers with an error. The empty line is ignored when received, and so is the detail of a
/// message that is no reply.
/// See docs/protocol.md.
/// </remarks>
internal readonly record struct HandshakeMessage(
    MessageKind Kind,
    ushort LowestVersion,
    ushort HighestVersion,
    HandshakeStatus Status,
    ulong Features,
    ulong RequiredFeatures,
    ulong RingSize0,
    ulong RingSize1,
    uint LayoutVersion,
    uint Descriptors)
{
    internal const int Size = 64;

    /// <summary>Of a reply that refuses. Earlier clients ignore it.</summary>
    internal HandshakeDetail Detail { get; init; }

    /// <summary>Of a hello: the number of the memory that this process kept from an earlier connection; 0 for none.</summary>
    internal ulong ReuseNumber { get; init; }

    /// <summary>The version that this code speaks; see docs/protocol.md for when it is bumped.</summary>
    internal const ushort Version = 1;

    /// <summary>
    /// Feature: doorbells on which a peer of another user cannot block this process; see <see cref="Doorbell"/>. Required by a side that
    /// has another user than its peer, since the two may see each other differently (a listening socket shows the user that made it).
    /// </summary>
    internal const ulong SocketPairDoorbells = 1;

    /// <summary>Feature: the memory of a connection that has ended may serve the next one of the same two processes.</summary>
    internal const ulong MemoryReuse = 2;

    internal const ulong KnownFeatures = SocketPairDoorbells | MemoryReuse;

    // The upper half is the application's.
    private const int ApplicationShift = 32;

    /// <summary>The features of the application among those of a message.</summary>
    internal static uint ApplicationFeatures(ulong features) => (uint)(features >> ApplicationShift);

    /// <summary>The bits of a message that stand for features of the application.</summary>
    internal static ulong OfApplication(uint features) => (ulong)features << ApplicationShift;

    internal void Write(Span<byte> bytes)
    {
        bytes[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, RegionLayout.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)Kind);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], Size);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], LowestVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], HighestVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], (uint)Status);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Features);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], RequiredFeatures);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], RingSize0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], RingSize1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[56..], (uint)Detail);
        if (Kind == MessageKind.Hello)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], ReuseNumber);
            "\r\n\r\n"u8.CopyTo(bytes[60..]);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[48..], LayoutVersion);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[52..], Descriptors);
        }
    }

    /// <summary>Whether these first bytes of a client, four at the most, can be those of a hello.</summary>
    internal static bool MayBegin(ReadOnlySpan<byte> bytes) => "TACH"u8.StartsWith(bytes);

    /// <summary>The server's reply.</summary>
    internal static HandshakeMessage Reply(HandshakeStatus status, int capacity0, int capacity1, ulong features)
        => new(
            MessageKind.Reply,
            Version,
            Version,
            status,
            features,
            0,
            (ulong)capacity0,
            (ulong)capacity1,
            RegionLayout.Version,
            status == HandshakeStatus.Ok ? Handshake.Descriptors.Count : 0u);

    internal static bool HasMagic(ReadOnlySpan<byte> bytes)
        => BinaryPrimitives.ReadUInt32LittleEndian(bytes) == RegionLayout.Magic;

    // Later versions may have others: the status alone then counts.
    private static HandshakeDetail KnownDetail(HandshakeDetail detail)
        => detail is HandshakeDetail.TurnedOff or HandshakeDetail.RefusedBySystem ? detail : HandshakeDetail.None;

    /// <summary>Reads a message whose magic was checked. Only kind and length are checked here.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, MessageKind kind, out HandshakeMessage message)
    {
        // A hello has one number there.
        var isHello = kind == MessageKind.Hello;
        message = new HandshakeMessage(
            (MessageKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]),
            (HandshakeStatus)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            isHello ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]),
            isHello ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[52..]))
        {
            Detail = KnownDetail((HandshakeDetail)BinaryPrimitives.ReadUInt32LittleEndian(bytes[56..])),
            ReuseNumber = isHello ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]) : 0,
        };
        return message.Kind == kind && BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) == Size;
    }
}
