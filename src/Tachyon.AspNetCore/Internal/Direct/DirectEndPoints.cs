using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>The end points on which direct mode is possible, and the middleware that serves it there.</summary>
internal sealed class DirectEndPoints(
    CapturedApplication application,
    IOptions<TachyonTransportOptions> options,
    IOptions<KestrelServerOptions> kestrel,
    ILoggerFactory loggerFactory)
{
    private readonly ConcurrentDictionary<EndPoint, Added> _endPoints = new();
    private readonly ILogger _logger = loggerFactory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");
    private readonly ILogger _badRequests = loggerFactory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.BadRequests");

    /// <summary>
    /// Adds the middleware, which must be the last one. Where it was added to the endpoint before, as by its defaults, the last one serves:
    /// middleware in between sees connections in direct mode, too.
    /// </summary>
    internal void Add(ListenOptions listenOptions)
    {
        var added = new Added(listenOptions);
        _endPoints[listenOptions.EndPoint] = added;

        // Kestrel calls this when it builds the endpoint, which is after all has been added.
        listenOptions.Use(next => _endPoints[listenOptions.EndPoint] != added
            ? next
            : connection => connection is TachyonConnectionContext { IsDirect: true } direct
                ? new DirectConnection(direct, direct.OnViolated, application, kestrel.Value, _logger, _badRequests).RunAsync()
                : next(connection));
    }

    /// <summary>Whether clients of the end point may speak direct mode. Once Kestrel has its application.</summary>
    internal bool IsAllowed(EndPoint endPoint)
        => options.Value.AllowDirect
        && application.IsSet
        && _endPoints.TryGetValue(endPoint, out var added)
        && IsPlainHttp2(added.ListenOptions);

    private static bool IsPlainHttp2(ListenOptions listenOptions)
        => (listenOptions.Protocols & HttpProtocols.Http2) != 0 && !IsTls(listenOptions);

    // Kestrel lists an end point with its scheme, and has no other public place that says whether UseHttps was called.
    private static bool IsTls(ListenOptions listenOptions) => listenOptions.ToString()!.StartsWith("https", StringComparison.Ordinal);

    /// <summary>One call of <see cref="Add"/>.</summary>
    private sealed class Added(ListenOptions listenOptions)
    {
        internal ListenOptions ListenOptions => listenOptions;
    }
}
