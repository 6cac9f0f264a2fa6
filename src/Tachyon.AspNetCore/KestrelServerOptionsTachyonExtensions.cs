using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.AspNetCore.Internal;
using Tachyon.AspNetCore.Internal.Direct;
using Tachyon.Transport;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Adds shared-memory endpoints to Kestrel.</summary>
public static class KestrelServerOptionsTachyonExtensions
{
    /// <summary>Listens for shared-memory clients at <paramref name="path"/>, for HTTP/2 without TLS (gRPC).</summary>
    /// <inheritdoc cref="ListenTachyon(KestrelServerOptions, string, Action{ListenOptions})"/>
    public static void ListenTachyon(this KestrelServerOptions options, string path)
        => options.ListenTachyon(path, static _ => { });

    /// <summary>
    /// Listens for shared-memory clients at <paramref name="path"/>. The protocol is preset to HTTP/2; HTTP/1.1, TLS and connection
    /// middleware work as on any endpoint. Where there is no shared memory, the same path is a plain Unix socket
    /// (<see cref="TachyonTransportOptions.SharedMemory"/>).
    /// </summary>
    /// <param name="options">Kestrel's options.</param>
    /// <param name="path">
    /// Path of the socket file that clients connect to (at most 107 bytes), or <c>@name</c> for the abstract namespace; also as the address
    /// that clients use, <c>tachyon:///run/app.sock</c>, or that a server prints, <c>http://unix:/run/app.sock?tachyon</c>.
    /// </param>
    /// <param name="configure">Configures the endpoint.</param>
    /// <exception cref="ArgumentException">The path is no valid Unix socket path.</exception>
    /// <exception cref="InvalidOperationException"><c>UseTachyon</c> was not called.</exception>
    public static void ListenTachyon(this KestrelServerOptions options, string path, Action<ListenOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(configure);
        if (options.ApplicationServices?.GetService<TachyonTransportMarker>() is null)
        {
            throw new InvalidOperationException("ListenTachyon needs the shared-memory transport: call builder.WebHost.UseTachyon() first.");
        }

        if (path.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"'{path}' asks for TLS: give ListenTachyon the path, and call UseHttps on its ListenOptions.", nameof(path));
        }

        var direct = options.ApplicationServices.GetRequiredService<DirectEndPoints>();
        options.Listen(new TachyonEndPoint(path), listenOptions =>
        {
            listenOptions.Protocols = HttpProtocols.Http2;
            configure(listenOptions);

            // Last, so that it sees what the middleware above made of the connection.
            listenOptions.Use(next => connection =>
            {
                (connection as TachyonConnectionContext)?.AllowInlineIf(listenOptions.Protocols == HttpProtocols.Http2);
                return next(connection);
            });
            direct.Add(listenOptions);
        });
    }

    /// <summary>
    /// Lets an endpoint of the configuration, or one that <see cref="TachyonTransportOptions.ReplaceUnixSockets"/> takes over, speak direct
    /// mode where the options allow it. Endpoints of <c>ListenTachyon</c> do without. Call it last: connection middleware that comes after
    /// it does not see connections in direct mode.
    /// </summary>
    /// <param name="listenOptions">The endpoint; on one that is not over shared memory nothing changes.</param>
    /// <exception cref="InvalidOperationException"><c>UseTachyon</c> was not called.</exception>
    public static ListenOptions UseTachyonDirect(this ListenOptions listenOptions)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        var direct = listenOptions.ApplicationServices?.GetService<DirectEndPoints>()
            ?? throw new InvalidOperationException("UseTachyonDirect needs the shared-memory transport: call builder.WebHost.UseTachyon() first.");
        direct.Add(listenOptions);
        return listenOptions;
    }
}
