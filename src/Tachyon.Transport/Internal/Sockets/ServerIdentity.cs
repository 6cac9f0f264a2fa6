using System.Globalization;
using System.Net.Sockets;
using Tachyon.Transport.Internal.Accounts;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>Checks that the server has the user that the client requires (<see cref="TachyonClientOptions.ServerUser"/>).</summary>
internal static class ServerIdentity
{
    /// <summary>To be called on a connected socket before anything is sent on it. Does nothing unless a user is required.</summary>
    /// <exception cref="TachyonConnectException">The server has another user, or there is no such user.</exception>
    /// <exception cref="IOException">The kernel did not report the user of the server, or the user database could not be read.</exception>
    internal static void Check(Socket socket, TachyonClientOptions options, TachyonEndPoint endPoint)
    {
        if (options.ServerUser is not { } required)
        {
            return;
        }

        if (!TachyonPlatform.IsSupported)
        {
            throw new TachyonConnectException(
                TachyonConnectError.ServerUserMismatch,
                $"The server at '{endPoint}' must have the user '{required}' ({nameof(TachyonClientOptions.ServerUser)}), which can be checked on 64-bit Linux only: nothing was sent to it.");
        }

        var expected = Resolve(required)
            ?? throw new TachyonConnectException(
                TachyonConnectError.ServerUserMismatch,
                $"The server at '{endPoint}' must have the user '{required}' ({nameof(TachyonClientOptions.ServerUser)}), but there is no such user here: nothing was sent to it.");
        var actual = ControlSocket.GetPeer(socket).UserId;
        if (actual != expected)
        {
            throw new TachyonConnectException(
                TachyonConnectError.ServerUserMismatch,
                $"The server at '{endPoint}' has the user {AccountDatabase.DescribeUser(actual, AccountDatabase.FindUserName)}, but must have {AccountDatabase.DescribeUser(expected, AccountDatabase.FindUserName)} ({nameof(TachyonClientOptions.ServerUser)}): nothing was sent to it.");
        }
    }

    private static uint? Resolve(string user)
    {
        if (user.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return AccountDatabase.FindUserId(user);
        }

        // The largest number is no uid: system calls take it for "none".
        return uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != uint.MaxValue ? id : null;
    }
}
