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

    /// <summary>How this process waits for its peer. Default: <see cref="TachyonWaitMode.Adaptive"/>. Each side chooses for itself.</summary>
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

/// <summary>What a gRPC channel or an HttpClient does when it finds a server, but no shared memory.</summary>
public enum TachyonSharedMemory
{
    /// <summary>
    /// The default: go on over the Unix socket, in plain HTTP/2, and log one warning. That is so when the server is an ordinary one, when it
    /// speaks other versions of our protocol only, and when either side can't make or map the memory.
    /// </summary>
    Prefer,

    /// <summary>Calls fail with Unavailable, and the status names the cause.</summary>
    Require,
}

/// <summary>What a client can choose.</summary>
public sealed class TachyonClientOptions : TachyonOptions
{
    private TimeSpan _waitForServer = TimeSpan.Zero;
    private string? _serverUser;

    /// <summary>
    /// What to do when there is a server, but no shared memory. Default <see cref="TachyonSharedMemory.Prefer"/>: go on over its socket. For
    /// channels and HTTP handlers; <see cref="TachyonConnection.ConnectAsync"/> has nothing to go on with, and always fails.
    /// </summary>
    public TachyonSharedMemory SharedMemory { get; set; }

    /// <summary>
    /// How long connecting waits for a server to appear at the path. Default zero: a server that is not there is an error at once.
    /// <see cref="Timeout.InfiniteTimeSpan"/> waits until the attempt is canceled.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative and not infinite.</exception>
    public TimeSpan WaitForServer
    {
        get => _waitForServer;
        set
        {
            if (value != Timeout.InfiniteTimeSpan)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            }

            _waitForServer = value;
        }
    }

    /// <summary>
    /// The user that the server must have: a user name, or a uid in decimal digits (digits only are always a uid). Default null: any user.
    /// The kernel tells who serves (SO_PEERCRED, unix(7)), before the client sends anything; another user is
    /// <see cref="TachyonConnectError.ServerUserMismatch"/>. It is the user of the process that called listen(2): with socket activation that of
    /// systemd, which is root. A name is looked up in the system's user database with each connection.
    /// </summary>
    /// <exception cref="ArgumentException">Empty, or with a zero character.</exception>
    public string? ServerUser
    {
        get => _serverUser;
        set
        {
            // A setting that was left empty must not turn the check off, and libc would read no further than a zero.
            if (value is not null && (string.IsNullOrWhiteSpace(value) || value.Contains('\0', StringComparison.Ordinal)))
            {
                throw new ArgumentException("The user of the server is a user name or a uid, or null for any.", nameof(value));
            }

            _serverUser = value;
        }
    }
}

/// <summary>What a server can choose.</summary>
public sealed class TachyonServerOptions : TachyonOptions
{
    private int _backlog = 512;
    private int _maxPendingHandshakes = 256;
    private int _maxConnections = 4096;
    private int _maxConnectionsPerUser = 256;

    /// <summary>
    /// Permissions of the socket file. Default 0600: only the user of the server can connect. For peers of other users open the file
    /// (0660 with <see cref="SocketGroupId"/>, or 0666) and allow them with <see cref="AllowedUserIds"/> or <see cref="AllowedGroupIds"/>.
    /// </summary>
    public UnixFileMode SocketMode { get; set; } = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The group (gid) that the socket file is given to. Default null: the group of the process.</summary>
    public uint? SocketGroupId { get; set; }

    /// <summary>
    /// Users (uids) that may connect besides the server's own. The kernel tells who connects (SO_PEERCRED, unix(7)); anyone else is
    /// refused before any descriptor is sent. Default empty.
    /// </summary>
    public ICollection<uint> AllowedUserIds { get; } = new HashSet<uint>();

    /// <summary>Groups (gids) whose members may connect, by primary or supplementary group (SO_PEERGROUPS). Default empty.</summary>
    public ICollection<uint> AllowedGroupIds { get; } = new HashSet<uint>();

    /// <summary>
    /// Whether a Kestrel endpoint also serves clients that do not speak the Tachyon handshake but HTTP/2, HTTP/1.1 or TLS, over the same socket
    /// path, as ordinary Unix-socket connections of Kestrel; which of these protocols is up to the endpoint, as always. The rules on users and
    /// the limits on connections hold for them too. Default true. A <see cref="TachyonListener"/> of one's own takes Tachyon clients only.
    /// </summary>
    public bool AcceptSocketClients { get; set; } = true;

    /// <summary>
    /// Whether all Unix-socket endpoints of Kestrel (<c>ListenUnixSocket</c>, <c>http://unix:/run/app.sock</c>) become Tachyon endpoints, with
    /// no other change. Default false. One endpoint alone is chosen by <c>http://unix:/run/app.sock?tachyon</c>.
    /// </summary>
    public bool ReplaceUnixSockets { get; set; }

    /// <summary>Connections that the kernel keeps waiting for a handshake. Default 512; at least 1. The sysctl net.core.somaxconn caps it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Backlog
    {
        get => _backlog;
        set => _backlog = CheckAtLeastOne(value);
    }

    /// <summary>
    /// Handshakes that run side by side; beyond that the kernel's backlog fills. Default 256; at least 1. A quarter of them is for any
    /// one user other than the server's own; when other users have all of theirs, a silent client of the user that has most gives way to one of a
    /// user that has fewer. While all are taken, clients that have been silent for 250 ms give way.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxPendingHandshakes
    {
        get => _maxPendingHandshakes;
        set => _maxPendingHandshakes = CheckAtLeastOne(value);
    }

    /// <summary>
    /// Connections that a listener has at the same time; clients beyond are refused. Default 4,096; at least 1. Each takes three
    /// descriptors and three mappings of the process (the kernel allows 65,530 mappings: vm.max_map_count).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxConnections
    {
        get => _maxConnections;
        set => _maxConnections = CheckAtLeastOne(value);
    }

    /// <summary>
    /// Connections that any one user has at a listener at the same time, other than the server's own user. Default 256; at least 1.
    /// The server's own user is trusted with more: its processes could stop the server altogether.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxConnectionsPerUser
    {
        get => _maxConnectionsPerUser;
        set => _maxConnectionsPerUser = CheckAtLeastOne(value);
    }

    private static int CheckAtLeastOne(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        return value;
    }
}
