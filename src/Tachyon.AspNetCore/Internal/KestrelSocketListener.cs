using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// A Tachyon endpoint as a Unix socket of Kestrel's own transport, where the system is not 64-bit Linux. It uses what .NET has on every
/// system, and no system call of ours (docs/adr/0030-shared-memory-off.md).
/// </summary>
internal sealed class KestrelSocketListener(IConnectionListener listener, TachyonEndPoint endPoint) : IConnectionListener
{
    private const UnixFileMode OwnUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The same spelling as over shared memory: clients read it on every system.</summary>
    public EndPoint EndPoint { get; } = new ListedEndPoint(endPoint);

    /// <exception cref="NotSupportedException">The options admit other users, which only Linux can check; or an abstract name.</exception>
    /// <exception cref="AddressInUseException">Something else is at the path.</exception>
    internal static async ValueTask<IConnectionListener> BindAsync(
        TachyonEndPoint endPoint,
        TachyonTransportOptions options,
        SocketTransportOptions socketOptions,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken)
    {
        RefuseWhatIsNotChecked(endPoint, options);
        var factory = new SocketTransportFactory(Options.Create(Adapt(socketOptions, options)), loggerFactory);
        var address = new UnixDomainSocketEndPoint(endPoint.Path);
        IConnectionListener listener;
        try
        {
            listener = await factory.BindAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch (AddressInUseException)
        {
            await LeftSocketFile.RemoveAsync(endPoint, cancellationToken).ConfigureAwait(false);
            listener = await factory.BindAsync(address, cancellationToken).ConfigureAwait(false);
        }

        return new KestrelSocketListener(listener, endPoint);
    }

    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        => listener.AcceptAsync(cancellationToken);

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.UnbindAsync(cancellationToken);

    public ValueTask DisposeAsync() => listener.DisposeAsync();

    /// <summary>
    /// On Linux the kernel reports the user of each client, and users that are not allowed are refused. Here only the socket file keeps
    /// them out, so it must admit the server's own user alone.
    /// </summary>
    private static void RefuseWhatIsNotChecked(TachyonEndPoint endPoint, TachyonTransportOptions options)
    {
        if (endPoint.IsAbstract)
        {
            throw new NotSupportedException($"Cannot listen on '{endPoint}': only Linux has the abstract namespace: use a path.");
        }

        var option = options.AllowedUserIds.Count > 0 ? nameof(options.AllowedUserIds)
            : options.AllowedGroupIds.Count > 0 ? nameof(options.AllowedGroupIds)
            : options.SocketGroupId is not null ? nameof(options.SocketGroupId)
            : (options.SocketMode & ~OwnUser) != 0 ? nameof(options.SocketMode)
            : null;
        if (option is not null)
        {
            throw new NotSupportedException(
                $"Cannot listen on '{endPoint}': {option} admits other users, and who connects can be checked on 64-bit Linux only: remove the option on this system, such as in appsettings.Development.json.");
        }
    }

    private static SocketTransportOptions Adapt(SocketTransportOptions socketOptions, TachyonTransportOptions options) => new()
    {
        IOQueueCount = socketOptions.IOQueueCount,
        NoDelay = socketOptions.NoDelay,
        Backlog = options.Backlog,
        MaxReadBufferSize = socketOptions.MaxReadBufferSize,
        MaxWriteBufferSize = socketOptions.MaxWriteBufferSize,
        UnsafePreferInlineScheduling = socketOptions.UnsafePreferInlineScheduling,
        WaitForDataBeforeAllocatingBuffer = socketOptions.WaitForDataBeforeAllocatingBuffer,
        CreateBoundListenSocket = address =>
        {
            // Kestrel calls listen(2) afterwards: until then no client can connect, whatever the mode is.
            var socket = socketOptions.CreateBoundListenSocket(address);
            try
            {
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(address.ToString()!, options.SocketMode);
                }

                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
