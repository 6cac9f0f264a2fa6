using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>
/// A new SocketsHttpHandler with the settings of a handler of the user, which stays as it is: it may serve other channels, to other
/// servers, and may have been used already.
/// </summary>
internal static class HandlerCopy
{
    // Grpc.Net.Client sets its own ConnectCallback on a handler that a channel to the network uses, and notes that here.
    private const string GrpcConnects = "IsSocketsHttpHandlerSetup";

    /// <exception cref="InvalidOperationException">The handler connects by itself, or is of a kind that has no such settings.</exception>
    internal static SocketsHttpHandler Of(HttpMessageHandler? handler)
        => handler switch
        {
            SocketsHttpHandler sockets => Of(sockets),
            HttpClientHandler client when client.GetType() == typeof(HttpClientHandler) => Of(client),
            _ => throw new InvalidOperationException(
                $"UseTachyon can't connect for the handler '{handler?.GetType().Name ?? "null"}': put a SocketsHttpHandler or an HttpClientHandler at the bottom of the handlers, or none at all."),
        };

    private static SocketsHttpHandler Of(SocketsHttpHandler handler)
    {
        if (handler.ConnectCallback is not null && !handler.Properties.ContainsKey(GrpcConnects))
        {
            throw HandlerSetup.ConnectsElsewhere();
        }

        var copy = new SocketsHttpHandler
        {
            ActivityHeadersPropagator = handler.ActivityHeadersPropagator,
            AllowAutoRedirect = handler.AllowAutoRedirect,
            AutomaticDecompression = handler.AutomaticDecompression,
            ConnectTimeout = handler.ConnectTimeout,
            Credentials = handler.Credentials,
            DefaultProxyCredentials = handler.DefaultProxyCredentials,
            EnableMultipleHttp2Connections = handler.EnableMultipleHttp2Connections,
            EnableMultipleHttp3Connections = handler.EnableMultipleHttp3Connections,
            Expect100ContinueTimeout = handler.Expect100ContinueTimeout,
            InitialHttp2StreamWindowSize = handler.InitialHttp2StreamWindowSize,
            KeepAlivePingDelay = handler.KeepAlivePingDelay,
            KeepAlivePingPolicy = handler.KeepAlivePingPolicy,
            KeepAlivePingTimeout = handler.KeepAlivePingTimeout,
            MaxAutomaticRedirections = handler.MaxAutomaticRedirections,
            MaxConnectionsPerServer = handler.MaxConnectionsPerServer,
            MaxResponseDrainSize = handler.MaxResponseDrainSize,
            MaxResponseHeadersLength = handler.MaxResponseHeadersLength,
            MeterFactory = handler.MeterFactory,
            PlaintextStreamFilter = handler.PlaintextStreamFilter,
            PooledConnectionIdleTimeout = handler.PooledConnectionIdleTimeout,
            PooledConnectionLifetime = handler.PooledConnectionLifetime,
            PreAuthenticate = handler.PreAuthenticate,
            Proxy = handler.Proxy,
            RequestHeaderEncodingSelector = handler.RequestHeaderEncodingSelector,
            ResponseDrainTimeout = handler.ResponseDrainTimeout,
            ResponseHeaderEncodingSelector = handler.ResponseHeaderEncodingSelector,
            SslOptions = handler.SslOptions,
            UseCookies = handler.UseCookies,
            UseProxy = handler.UseProxy,
        };
        if (handler.UseCookies)
        {
            copy.CookieContainer = handler.CookieContainer;
        }

        foreach ((var key, var value) in handler.Properties)
        {
            if (key != GrpcConnects)
            {
                copy.Properties[key] = value;
            }
        }

        HandlerDefaults.Apply(copy);
        return copy;
    }

    private static SocketsHttpHandler Of(HttpClientHandler handler)
    {
        var ssl = new SslClientAuthenticationOptions
        {
            CertificateRevocationCheckMode = handler.CheckCertificateRevocationList
                ? X509RevocationMode.Online
                : X509RevocationMode.NoCheck,
            EnabledSslProtocols = handler.SslProtocols,
        };
        if (handler.ClientCertificateOptions == ClientCertificateOption.Manual)
        {
            ssl.ClientCertificates = handler.ClientCertificates;
        }
        else
        {
            throw new InvalidOperationException(
                "UseTachyon does not choose certificates of the store (ClientCertificateOption.Automatic): set SslOptions.ClientCertificates of a SocketsHttpHandler.");
        }

        if (handler.ServerCertificateCustomValidationCallback is { } validate)
        {
            // The request that made the connection is not known here; the name of the server is.
            ssl.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{(sender as SslStream)?.TargetHostName ?? "localhost"}/");
                return validate(request, certificate as X509Certificate2, chain, errors);
            };
        }

        var copy = new SocketsHttpHandler
        {
            AllowAutoRedirect = handler.AllowAutoRedirect,
            AutomaticDecompression = handler.AutomaticDecompression,
            Credentials = handler.Credentials,
            DefaultProxyCredentials = handler.DefaultProxyCredentials,

            // HttpClientHandler has no such setting, so the user cannot have turned it off.
            EnableMultipleHttp2Connections = true,
            MaxAutomaticRedirections = handler.MaxAutomaticRedirections,
            MaxConnectionsPerServer = handler.MaxConnectionsPerServer,
            MaxResponseHeadersLength = handler.MaxResponseHeadersLength,
            MeterFactory = handler.MeterFactory,
            PreAuthenticate = handler.PreAuthenticate,
            Proxy = handler.Proxy,
            SslOptions = ssl,
            UseCookies = handler.UseCookies,
            UseProxy = handler.UseProxy,
        };
        if (handler.UseCookies)
        {
            copy.CookieContainer = handler.CookieContainer;
        }

        foreach ((var key, var value) in handler.Properties)
        {
            copy.Properties[key] = value;
        }

        HandlerDefaults.Apply(copy);
        return copy;
    }
}
