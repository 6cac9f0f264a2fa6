using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

/// <summary>Answers no call, but writes down each one: the end of a chain of interceptors.</summary>
internal sealed class RecordingInvoker(List<string> log) : CallInvoker
{
    public string? Host { get; private set; }

    public CallOptions Options { get; private set; }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Record(host, options, nameof(BlockingUnaryCall));
        return (TResponse)(object)"response";
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Record(host, options, nameof(AsyncUnaryCall));
        return Calls.Unary(Task.FromResult((TResponse)(object)"response"), log);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Record(host, options, nameof(AsyncServerStreamingCall));
        return null!;
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Record(host, options, nameof(AsyncClientStreamingCall));
        return null!;
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Record(host, options, nameof(AsyncDuplexStreamingCall));
        return null!;
    }

    private void Record(string? host, CallOptions options, string call)
    {
        Host = host;
        Options = options;
        log.Add(call);
    }
}

/// <summary>Calls and methods to make them with.</summary>
internal static class Calls
{
    public static Method<string, string> Method { get; } = new(
        MethodType.Unary, "package.Service", "Name", Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    public static AsyncUnaryCall<T> Unary<T>(Task<T> response, List<string> log) => new(
        response,
        Task.FromResult(new Metadata { { "headers", "1" } }),
        () => Status.DefaultSuccess,
        () => new Metadata { { "trailers", "1" } },
        () => log.Add("disposed"));

    /// <summary>Makes a call of every kind.</summary>
    public static void MakeAll(CallInvoker invoker, CallOptions options = default)
    {
        invoker.BlockingUnaryCall(Method, null, options, "request");
        invoker.AsyncUnaryCall(Method, null, options, "request");
        invoker.AsyncServerStreamingCall(Method, null, options, "request");
        invoker.AsyncClientStreamingCall(Method, null, options);
        invoker.AsyncDuplexStreamingCall(Method, null, options);
    }
}
