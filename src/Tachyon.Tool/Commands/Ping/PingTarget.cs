using System.Diagnostics.CodeAnalysis;
using Grpc.Net.Client;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>What is pinged: a Tachyon server, or for comparison a server at an ordinary Unix socket or TCP port.</summary>
internal abstract record PingTarget(string Address)
{
    internal const string Forms = "PATH, @NAME or tachyon://PATH (shared memory), unix://PATH (Unix socket), http://HOST:PORT (TCP)";

    /// <returns>False for what is not an address.</returns>
    internal static bool TryParse(string text, [NotNullWhen(true)] out PingTarget? target)
    {
        target = text switch
        {
            _ when PathAfter("tachyon:", text) is { } path => new Tachyon(text, path),
            _ when PathAfter("unix:", text) is { } path => new UnixSocket(text, path),
            _ when text.Contains("://", StringComparison.Ordinal) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp ? new Tcp(text, uri) : null,
            { Length: > 0 } => new Tachyon(text, text),
            _ => null,
        };
        return target is not null;
    }

    /// <summary>A connection of its own, with a description of who is at the other end.</summary>
    internal abstract Task<(Stream Stream, string Server)> ConnectAsync(TachyonWaitMode mode, TimeSpan timeout, CancellationToken cancellationToken);

    internal abstract GrpcChannel CreateChannel(TachyonWaitMode mode);

    private static string? PathAfter(string scheme, string text)
    {
        if (!text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string path = text[scheme.Length..];
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        return path.Length > 0 ? path : null;
    }

    private sealed record Tachyon(string Address, string Path) : PingTarget(Address)
    {
        internal override async Task<(Stream Stream, string Server)> ConnectAsync(TachyonWaitMode mode, TimeSpan timeout, CancellationToken cancellationToken)
        {
            TachyonConnection connection = await TachyonConnection
                .ConnectAsync(Path, new TachyonClientOptions { WaitMode = mode, HandshakeTimeout = timeout }, cancellationToken).ConfigureAwait(false);
            return (connection.GetStream(), $"process {connection.Peer.ProcessId} of user {Users.NameOf(connection.Peer.UserId)}");
        }

        internal override GrpcChannel CreateChannel(TachyonWaitMode mode)
            => TachyonChannel.ForAddress(Path, new TachyonClientOptions { WaitMode = mode });
    }

    private sealed record UnixSocket(string Address, string Path) : PingTarget(Address)
    {
        internal override async Task<(Stream Stream, string Server)> ConnectAsync(TachyonWaitMode mode, TimeSpan timeout, CancellationToken cancellationToken)
            => (await PlainSocket.ConnectUnixAsync(Path, Address, timeout, cancellationToken).ConfigureAwait(false), "an ordinary Unix socket");

        internal override GrpcChannel CreateChannel(TachyonWaitMode mode) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                    await PlainSocket.ConnectUnixAsync(Path, Address, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false),
            },
        });
    }

    private sealed record Tcp(string Address, Uri Uri) : PingTarget(Address)
    {
        internal override async Task<(Stream Stream, string Server)> ConnectAsync(TachyonWaitMode mode, TimeSpan timeout, CancellationToken cancellationToken)
            => (await PlainSocket.ConnectTcpAsync(Uri.Host, Uri.Port, Address, timeout, cancellationToken).ConfigureAwait(false), "TCP");

        internal override GrpcChannel CreateChannel(TachyonWaitMode mode) => GrpcChannel.ForAddress(Uri);
    }
}
