namespace Tachyon.Transport;

/// <summary>What the operator of a server can choose.</summary>
/// <remarks>Not thread-safe. Read when listening starts and for each handshake; not to be changed after listening has started.</remarks>
public class TachyonServerOptions : TachyonOptions
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
    /// Whether a server of the same user that runs at the path is taken over from: clients that connect from then on reach this server, and
    /// that one keeps the connections that it has until it is told to stop. Default false: listening fails then. Without a running server
    /// it changes nothing, nor for names of the abstract namespace and for sockets of a service manager.
    /// </summary>
    public bool TakeOver { get; set; }

    /// <summary>
    /// Whether a process of the server's own user may ask over the socket for a capture of the traffic, as the command
    /// <c>tachyon capture</c> does. Default true: such a process is trusted, it could also attach a debugger. Set it to false where
    /// processes of the same user must not see the traffic, such as containers that share the directory of the socket. No other user may,
    /// root included.
    /// The environment variable <c>TACHYON_CAPTURE</c> works in any case.
    /// </summary>
    public bool AllowCapture { get; set; } = true;

    /// <summary>Connections that the kernel keeps waiting for a handshake. Default 512; at least 1. The sysctl net.core.somaxconn caps
    /// it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Backlog
    {
        get => _backlog;
        set => _backlog = CheckAtLeastOne(value);
    }

    /// <summary>
    /// Handshakes that run side by side; beyond that the kernel's backlog fills. Default 256; at least 1. A quarter of them is for any one
    /// user other than the server's own; when other users have all of theirs, a silent client of the user that has most gives way to one of
    /// a user that has fewer. While all are taken, clients that have been silent for 250 ms give way.
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
