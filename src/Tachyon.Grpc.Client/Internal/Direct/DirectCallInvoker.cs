using System.Collections.Frozen;
using Grpc.Core;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>
/// Makes unary calls in direct mode without an HTTP request for each. Every other call, and every unary call that asks for what only the
/// channel does, goes to the invoker of the channel.
/// </summary>
internal sealed class DirectCallInvoker(CallInvoker fallback, DirectChannel channel) : CallInvoker
{
    // A value may have three bytes for a character, and a text of the frames has 65,535 bytes.
    private const int MaxValueLength = 16 * 1024;

    // What the channel or HttpClient reads, replaces, merges or drops.
    private static readonly FrozenSet<string> s_special = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "grpc-timeout", "grpc-internal-encoding-request", "grpc-encoding", "grpc-accept-encoding", "grpc-previous-rpc-attempts",
        "user-agent", "te", "host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "trailer", "expect",
        "traceparent", "tracestate", "allow", "content-disposition", "content-encoding", "content-language", "content-length",
        "content-location", "content-md5", "content-range", "content-type", "expires", "last-modified");

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        if (channel.Handler.IsConnected
            && !channel.IsObserved
            && IsPlain(options)
            && TryGetTimeout(options.Deadline, out var timeout)
            && channel.Handler.TryOpenUnary(method.FullName) is { } exchange)
        {
            if (exchange.TryWriteHeaders(options.Headers, timeout))
            {
                return new UnaryCall<TRequest, TResponse>(channel, fallback, exchange, method, host, options, timeout).Start(request);
            }

            exchange.Abandon(new OperationCanceledException("The call goes over the channel."));
            exchange.Release();
        }

        return fallback.AsyncUnaryCall(method, host, options, request);
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
#pragma warning disable RS0030 // The caller asked for a call that blocks.
        => AsyncUnaryCall(method, host, options, request).ResponseAsync.GetAwaiter().GetResult();
#pragma warning restore RS0030

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        => fallback.AsyncServerStreamingCall(method, host, options, request);

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
        => fallback.AsyncClientStreamingCall(method, host, options);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
        => fallback.AsyncDuplexStreamingCall(method, host, options);

    private static bool IsPlain(in CallOptions options)
    {
        if (options.Credentials is not null
            || options.WriteOptions is not null
            || options.PropagationToken is not null
            || options.IsWaitForReady
            || options.CancellationToken.IsCancellationRequested)
        {
            return false;
        }

        if (options.Headers is { Count: > 0 } headers)
        {
            foreach (var entry in headers)
            {
                if (s_special.Contains(entry.Key)
                    || (!entry.IsBinary && (entry.Value.Length > MaxValueLength || !HeaderRules.IsValue(entry.Value)))
                    || (entry.IsBinary && entry.ValueBytes.Length > MaxValueLength))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <returns>False for a deadline that is over, or that only the channel can judge.</returns>
    private static bool TryGetTimeout(DateTime? deadline, out TimeSpan? timeout)
    {
        timeout = null;
        if (deadline is not { } time || time == DateTime.MaxValue)
        {
            return true;
        }

#pragma warning disable RS0030 // gRPC gives deadlines in the time of the wall clock. From here on a timer measures.
        timeout = time - DateTime.UtcNow;
#pragma warning restore RS0030
        return time.Kind == DateTimeKind.Utc && timeout.Value > TimeSpan.Zero && timeout.Value.TotalMilliseconds < int.MaxValue;
    }
}
