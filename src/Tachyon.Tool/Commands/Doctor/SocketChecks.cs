using System.Diagnostics;
using System.Globalization;
using Tachyon.Tool.Commands.Ping;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Tool.Commands.Doctor;

/// <summary>One socket path: what is there, who may connect, and who answers.</summary>
internal static class SocketChecks
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    internal static async Task<IReadOnlyList<Finding>> AllAsync(TachyonEndPoint endPoint, CancellationToken cancellationToken)
    {
        var file = LookAt(endPoint);
        return file.State == Finding.ProblemState ? [file] : [file, await AnswerAsync(endPoint, cancellationToken).ConfigureAwait(false)];
    }

    private static unsafe Finding LookAt(TachyonEndPoint endPoint)
    {
        const string Check = "socket";
        if (endPoint.IsAbstract)
        {
            return Finding.Ok(Check, $"{endPoint.Path} is an abstract name: it has no file and no permissions");
        }

        StatXBuffer stat;
        if (Libc.StatX(Libc.AtFdCwd, endPoint.Path, 0, StatXBuffer.TypeModeInodeSize | OwnerMask, &stat) != 0)
        {
            return System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Errno.EACCES
                ? Finding.Problem(Check, $"{endPoint.Path} cannot be read", $"A directory on the way to it does not let user '{Environment.UserName}' pass: change its permissions, or take another one.")
                : Finding.Problem(Check, $"{endPoint.Path} does not exist", "Start the server; clients that start earlier can wait for it (WaitForServer). In containers both must see the same directory.");
        }

        var owner = string.Create(
            CultureInfo.InvariantCulture, $"mode {Convert.ToString(stat.Mode & 0b111_111_111, 8).PadLeft(4, '0')}, owner {Users.NameOf(stat.UserId)}");
        return stat.IsSocket
            ? Finding.Ok(Check, $"{endPoint.Path}: {owner}")
            : Finding.Problem(Check, $"{endPoint.Path} is not a socket ({owner})", "Choose another path, or remove the file.");
    }

    private const uint OwnerMask = 0x8; // STATX_UID

    private static async Task<Finding> AnswerAsync(TachyonEndPoint endPoint, CancellationToken cancellationToken)
    {
        const string Check = "answer";
        try
        {
            var start = Stopwatch.GetTimestamp();
            var connection = await TachyonConnection
                .ConnectAsync(endPoint, new TachyonClientOptions { HandshakeTimeout = s_limit }, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return Finding.Ok(Check, string.Create(
                    CultureInfo.InvariantCulture,
                    $"a Tachyon server, process {connection.Peer.ProcessId} of user {Users.NameOf(connection.Peer.UserId)}; handshake {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms, rings of {connection.SendRingSize / 1024} and {connection.ReceiveRingSize / 1024} KiB"));
            }
        }
        catch (TachyonConnectException exception)
            when (exception.Error is TachyonConnectError.NotATachyonServer or TachyonConnectError.HandshakeTimeout)
        {
            return await SpeaksHttp2Async(endPoint, cancellationToken).ConfigureAwait(false)
                ? Finding.Warning(Check, "an HTTP/2 server without Tachyon", "For shared memory the server must call UseTachyon and ListenTachyon with this path.")
                : Finding.Problem(Check, exception.Message, "Is it the path of another program, or does the server hang?");
        }
        catch (TachyonConnectException exception)
        {
            return Finding.Problem(Check, exception.Message, exception.Error switch
            {
                TachyonConnectError.ServerNotFound when endPoint.IsAbstract => "Start the server; clients that start earlier can wait for it (WaitForServer). An abstract name is seen within one network namespace only: not from container to container.",
                TachyonConnectError.ServerNotFound => "The file was left behind by a server that is gone: start the server, it takes the path over.",
                TachyonConnectError.PermissionDenied or TachyonConnectError.UserNotAllowed => "Both the file (SocketMode, SocketGroupId) and the server (AllowedUserIds, AllowedGroupIds) must let other users in.",
                TachyonConnectError.VersionMismatch => "Update the older one of the two.",
                _ => "The log of the server says more.",
            });
        }
    }

    private static async Task<bool> SpeaksHttp2Async(TachyonEndPoint endPoint, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            var pinger = new Http2Pinger(await PlainSocket.ConnectUnixAsync(endPoint, s_limit, limit.Token).ConfigureAwait(false));
            await using (pinger.ConfigureAwait(false))
            {
                await pinger.StartAsync(limit.Token).ConfigureAwait(false);
                return true;
            }
        }
        catch (Exception exception) when (exception is ToolException or IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
