using Grpc.Core.Utils;

namespace Grpc.Core.Interceptors;

/// <summary>Puts interceptors before an invoker.</summary>
public static class CallInvokerExtensions
{
    /// <summary>An invoker whose calls go through the interceptor first.</summary>
    public static CallInvoker Intercept(this CallInvoker invoker, Interceptor interceptor) =>
        new InterceptingCallInvoker(
            GrpcPreconditions.CheckNotNull(invoker, nameof(invoker)),
            GrpcPreconditions.CheckNotNull(interceptor, nameof(interceptor)));

    /// <summary>
    /// An invoker whose calls go through the interceptors in the order given: <c>Intercept(a, b)</c> asks a, then b. Of
    /// two interceptors added one after the other, the one added last comes first.
    /// </summary>
    public static CallInvoker Intercept(this CallInvoker invoker, params Interceptor[] interceptors)
    {
        GrpcPreconditions.CheckNotNull(invoker, nameof(invoker));
        GrpcPreconditions.CheckNotNull(interceptors, nameof(interceptors));
        for (var i = interceptors.Length - 1; i >= 0; i--)
        {
            invoker = invoker.Intercept(interceptors[i]);
        }

        return invoker;
    }

    /// <summary>An invoker that replaces the headers of each call by what the function makes of them.</summary>
    public static CallInvoker Intercept(this CallInvoker invoker, Func<Metadata, Metadata> interceptor) =>
        new InterceptingCallInvoker(
            GrpcPreconditions.CheckNotNull(invoker, nameof(invoker)),
            new MetadataInterceptor(GrpcPreconditions.CheckNotNull(interceptor, nameof(interceptor))));
}
