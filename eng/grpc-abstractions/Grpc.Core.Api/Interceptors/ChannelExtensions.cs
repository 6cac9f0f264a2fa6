using Grpc.Core.Utils;

namespace Grpc.Core.Interceptors;

/// <summary>Puts interceptors before a channel; see <see cref="CallInvokerExtensions" />.</summary>
public static class ChannelExtensions
{
    /// <summary>An invoker on the channel whose calls go through the interceptor first.</summary>
    public static CallInvoker Intercept(this ChannelBase channel, Interceptor interceptor) =>
        CreateCallInvoker(channel).Intercept(interceptor);

    /// <summary>An invoker on the channel whose calls go through the interceptors in the order given.</summary>
    public static CallInvoker Intercept(this ChannelBase channel, params Interceptor[] interceptors) =>
        CreateCallInvoker(channel).Intercept(interceptors);

    /// <summary>An invoker on the channel that replaces the headers of each call by what the function makes of them.</summary>
    public static CallInvoker Intercept(this ChannelBase channel, Func<Metadata, Metadata> interceptor) =>
        CreateCallInvoker(channel).Intercept(interceptor);

    private static CallInvoker CreateCallInvoker(ChannelBase channel) =>
        GrpcPreconditions.CheckNotNull(channel, nameof(channel)).CreateCallInvoker();
}
