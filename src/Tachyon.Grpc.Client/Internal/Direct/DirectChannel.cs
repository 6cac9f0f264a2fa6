using System.Diagnostics;
using System.Diagnostics.Tracing;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>What calls that are no HTTP requests need to know of their channel.</summary>
internal sealed class DirectChannel
{
    // Of Grpc.Net.Client: it writes what happens in each call at this level.
    private const string CallCategory = "Grpc.Net.Client.Internal.GrpcCall";

    private readonly ILogger? _callLogger;
    private readonly ILogger? _logger;

    private DirectChannel(DirectHandler handler, GrpcChannelOptions options)
    {
        Handler = handler;
        MaxSendMessageSize = options.MaxSendMessageSize ?? int.MaxValue;
        MaxReceiveMessageSize = options.MaxReceiveMessageSize ?? int.MaxValue;
        var loggers = options.LoggerFactory ?? (ILoggerFactory?)options.ServiceProvider?.GetService(typeof(ILoggerFactory));
        _callLogger = loggers?.CreateLogger(CallCategory);
        _logger = loggers?.CreateLogger(ClientLog.Category);
    }

    internal DirectHandler Handler { get; }

    internal int MaxSendMessageSize { get; }

    internal int MaxReceiveMessageSize { get; }

    /// <summary>
    /// A trace, a listener or a log of calls must see the next call: the channel reports to them. Asked once the channel has connected.
    /// </summary>
    internal bool IsObserved
        => ClientDiagnostics.IsNeeded || Listeners.AreThere || _callLogger?.IsEnabled(LogLevel.Debug) == true;

    /// <returns>Null where all calls need what only the channel does.</returns>
    internal static DirectChannel? Of(GrpcChannelOptions options)
        => options is { HttpHandler: OwnHandler { Direct: { } handler }, ServiceConfig: null, ThrowOperationCanceledOnCancellation: false }
            && (options.Credentials is null || options.Credentials == ChannelCredentials.Insecure)
                ? new DirectChannel(handler, options)
                : null;

    internal void OnFailed(string method, in Status status)
    {
        if (_logger is not null)
        {
            ClientLog.CallFailed(_logger, method, status.StatusCode, status.Detail);
        }
    }

    /// <summary>Those of Grpc.Net.Client and of HttpClient, found by the names of their sources.</summary>
    private static class Listeners
    {
        private static readonly ActivitySource s_activities = new("Grpc.Net.Client");
        private static readonly EventSource[] s_events;
        private static DiagnosticListener? s_diagnostics;

        // No field initializer, which may run earlier: the first call of the channel, which connects, creates the sources.
        static Listeners()
        {
            s_events = [.. EventSource.GetSources().Where(static source => source.Name is "Grpc.Net.Client" or "System.Net.Http")];
            DiagnosticListener.AllListeners.Subscribe(new Observer());
        }

        internal static bool AreThere
            => s_activities.HasListeners()
            || s_diagnostics?.IsEnabled() == true
            || Array.Exists(s_events, static events => events.IsEnabled());

        private sealed class Observer : IObserver<DiagnosticListener>
        {
            public void OnNext(DiagnosticListener value)
            {
                if (value.Name == "Grpc.Net.Client")
                {
                    s_diagnostics = value;
                }
            }

            public void OnCompleted()
            {
            }

            public void OnError(Exception error)
            {
            }
        }
    }
}
