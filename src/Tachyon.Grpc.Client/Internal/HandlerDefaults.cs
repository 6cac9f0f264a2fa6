namespace Tachyon.Grpc.Client.Internal;

/// <summary>Settings of SocketsHttpHandler that fit a local connection; a setting that the user changed stays.</summary>
internal static class HandlerDefaults
{
    // Large enough that common responses never take the window to zero: there Kestrel has a race that can lose a response
    // (dotnet/aspnetcore #53736; docs/adr/0006-http2-windows.md). The rings give the back-pressure.
    private const int StreamWindow = 2 * 1024 * 1024;

    /// <summary>
    /// A handler that only gRPC uses: it follows no redirects and keeps no cookies, of which gRPC has none; each would be asked about in
    /// every call (docs/adr/0008-where-the-time-goes.md). More than one connection, as GrpcChannel has it in the handlers that it makes.
    /// </summary>
    internal static SocketsHttpHandler CreateForGrpc()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, EnableMultipleHttp2Connections = true };
        Apply(handler);
        return handler;
    }

    /// <summary>
    /// Does not change EnableMultipleHttp2Connections: false is the default, and cannot be told from a false that the user chose.
    /// </summary>
    internal static void Apply(SocketsHttpHandler handler)
    {
        using var untouched = new SocketsHttpHandler();
        if (handler.PooledConnectionIdleTimeout == untouched.PooledConnectionIdleTimeout)
        {
            // An idle connection costs nothing; making the rings again does.
            handler.PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan;
        }

        if (handler.InitialHttp2StreamWindowSize == untouched.InitialHttp2StreamWindowSize)
        {
            handler.InitialHttp2StreamWindowSize = StreamWindow;
        }

        if (handler.Proxy is null)
        {
            handler.UseProxy = false;
        }
    }
}
