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
    private readonly ConcurrentDictionary<EndPoint, ListenOptions> _endPoints = new();
    private readonly ILogger _logger = loggerFactory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");

    /// <summary>Adds the middleware, which must be the last one. Once for each endpoint.</summary>
    internal void Add(ListenOptions listenOptions)
    {
        if (_endPoints.TryGetValue(listenOptions.EndPoint, out var known) && known == listenOptions)
        {
            return;
        }

        _endPoints[listenOptions.EndPoint] = listenOptions;
        listenOptions.Use(next => connection => connection is TachyonConnectionContext { IsDirect: true } direct
            ? new DirectConnection(direct, application, kestrel.Value, _logger).RunAsync()
            : next(connection));
    }

    /// <summary>Whether clients of the end point may speak direct mode. Once Kestrel has its application.</summary>
    internal bool IsAllowed(EndPoint endPoint)
        => options.Value.AllowDirect
        && application.IsSet
        && _endPoints.TryGetValue(endPoint, out var listenOptions)
        && (listenOptions.Protocols & HttpProtocols.Http2) != 0
        && !IsTls(listenOptions);

    // Kestrel lists an end point with its scheme, and has no other public place that says whether UseHttps was called.
    private static bool IsTls(ListenOptions listenOptions) => listenOptions.ToString()!.StartsWith("https", StringComparison.Ordinal);
}
