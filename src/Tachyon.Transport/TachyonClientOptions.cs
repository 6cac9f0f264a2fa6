namespace Tachyon.Transport;

/// <summary>What the client of a connection can choose.</summary>
/// <remarks>Not thread-safe. Read when a connection is made; changes do not affect live ones.</remarks>
public class TachyonClientOptions : TachyonOptions
{
    private TimeSpan _waitForServer = TimeSpan.Zero;
    private string? _serverUser;

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
    /// <see cref="TachyonConnectError.ServerUserMismatch"/>. It is the user of the process that called listen(2): with socket activation
    /// that of systemd, which is root. A name is looked up in the system's user database with each connection.
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
