using System.Globalization;
using System.Net.Sockets;
using Tachyon.Transport.Internal.Accounts;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>The client's demand on who serves (<see cref="TachyonClientOptions.ServerUser"/>).</summary>
internal static class ServerIdentity
{
    /// <summary>To be called on a connected socket before anything is sent on it. Does nothing unless a user is demanded.</summary>
    /// <exception cref="TachyonConnectException">The server has another user, or there is no such user.</exception>
    /// <exception cref="IOException">The kernel did not say who serves, or the user database could not be read.</exception>
    internal static void Check(Socket socket, TachyonClientOptions options, TachyonEndPoint endPoint)
    {
        if (options.ServerUser is not { } demanded)
        {
            return;
        }

        uint expected = Resolve(demanded)
            ?? throw new TachyonConnectException(
                TachyonConnectError.ServerUserMismatch,
                $"The server at '{endPoint}' must have the user '{demanded}' ({nameof(TachyonClientOptions.ServerUser)}), but there is no such user here: nothing was sent to it.");
        uint actual = ControlSocket.GetPeer(socket).UserId;
        if (actual != expected)
        {
            throw new TachyonConnectException(
                TachyonConnectError.ServerUserMismatch,
                $"The server at '{endPoint}' has the user {Describe(actual)}, but must have {Describe(expected)} ({nameof(TachyonClientOptions.ServerUser)}): nothing was sent to it.");
        }
    }

    private static uint? Resolve(string user)
    {
        if (user.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return AccountDatabase.FindUserId(user);
        }

        // The largest number is no uid: system calls take it for "none".
        return uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue ? id : null;
    }

    private static string Describe(uint id)
    {
        string? name = null;
        try
        {
            name = AccountDatabase.FindUserName(id);
        }
        catch (IOException)
        {
            // The number says enough, and the error that is being made is the one to report.
        }

        return name is null ? $"with uid {id}" : $"'{name}' (uid {id})";
    }
}
