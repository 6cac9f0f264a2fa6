using System.Diagnostics.CodeAnalysis;
using Grpc.Net.Client;
using Tachyon.Frames;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>The target of pings: a Tachyon server, or for comparison a server at a plain Unix socket or TCP port.</summary>
internal abstract record PingTarget(string Address)
{
    internal const string Forms = "PATH, @NAME or tachyon:///PATH (shared memory), unix:///PATH (Unix socket), http://HOST:PORT (TCP)";

    /// <param name="text">The address.</param>
    /// <param name="target">The server.</param>
    /// <param name="error">Why it is no address, as a sentence.</param>
    internal static bool TryParse(string text, [NotNullWhen(true)] out PingTarget? target, [NotNullWhen(false)] out string? error)
    {
        target = null;
        if (!LocalAddress.TryParse(text, out var endPoint, out var isSharedMemory, out error))
        {
            return false;
        }

        target = endPoint is null
            ? Uri.TryCreate(
                text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri.Host.Length > 0 ? new Tcp(text, uri) : null
            : isSharedMemory ? new SharedMemory(text, endPoint) : new UnixSocket(text, endPoint);
        error = target is null ? $"'{text}' is not an address: use {Forms}." : null;
        return target is not null;
    }

    /// <summary>A connection of its own, with a description of who is at the other end.</summary>
    internal abstract Task<(Stream Stream, string Server)> ConnectAsync(
        PingSettings settings, CancellationToken cancellationToken);

    /// <summary>A channel to it. To a Tachyon address over shared memory only.</summary>
    internal GrpcChannel CreateChannel(PingSettings settings)
    {
        if (settings.IsDirect && this is not SharedMemory)
        {
            throw NotDirect();
        }

        return TachyonChannel.ForAddress(Address, new TachyonChannelOptions
        {
            WaitMode = settings.Mode,
            SharedMemory = TachyonSharedMemory.Require,
            Protocol = settings.IsDirect ? TachyonProtocol.RequireDirect : TachyonProtocol.Http2,
        });
    }

    private ToolException NotDirect() => new($"'{Address}' is no address of shared memory, over which alone there is direct mode: leave out --direct.");

    /// <exception cref="ToolException">The address asks for TLS.</exception>
    private void ThrowIfSecure()
    {
        if (Address.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ToolException($"'{Address}' asks for TLS, which HTTP/2 pings do not have here: use --health.");
        }
    }

    private sealed record SharedMemory(string Address, TachyonEndPoint EndPoint) : PingTarget(Address)
    {
        internal override async Task<(Stream Stream, string Server)> ConnectAsync(
            PingSettings settings, CancellationToken cancellationToken)
        {
            ThrowIfSecure();
            var direct = settings.IsDirect ? DirectFeature.Frames1 : 0;
            TachyonConnection connection;
            try
            {
                connection = await TachyonConnection
                    .ConnectAsync(
                        EndPoint.Path,
                        new TachyonClientOptions { WaitMode = settings.Mode, HandshakeTimeout = settings.Timeout },
                        new TachyonApplicationFeatures(direct, direct),
                        cancellationToken).ConfigureAwait(false);
            }
            catch (TachyonConnectException exception) when (settings.IsDirect && exception.Error == TachyonConnectError.VersionMismatch)
            {
                throw new ToolException(
                    $"The server at '{Address}' does not grant direct mode there: it is older, or its AllowDirect is not set. Leave out --direct for HTTP/2.",
                    exception);
            }

            return (connection.GetStream(), $"process {connection.Peer.ProcessId} of user {Users.NameOf(connection.Peer.UserId)}");
        }
    }

    private sealed record UnixSocket(string Address, TachyonEndPoint EndPoint) : PingTarget(Address)
    {
        internal override async Task<(Stream Stream, string Server)> ConnectAsync(
            PingSettings settings, CancellationToken cancellationToken)
        {
            ThrowIfSecure();
            if (settings.IsDirect)
            {
                throw NotDirect();
            }

            return (await PlainSocket.ConnectUnixAsync(EndPoint, settings.Timeout, cancellationToken).ConfigureAwait(false), "a plain Unix socket");
        }
    }

    private sealed record Tcp(string Address, Uri Uri) : PingTarget(Address)
    {
        internal override async Task<(Stream Stream, string Server)> ConnectAsync(
            PingSettings settings, CancellationToken cancellationToken)
            => settings.IsDirect
                ? throw NotDirect()
                : (await PlainSocket.ConnectTcpAsync(Uri, settings.Timeout, cancellationToken).ConfigureAwait(false), "TCP");
    }
}
