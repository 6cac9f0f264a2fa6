using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>A connection, or a pool of them, to a server.</summary>
public abstract class ChannelBase
{
    /// <summary>Creates a channel to a target.</summary>
    protected ChannelBase(string target) => Target = GrpcPreconditions.CheckNotNull(target, nameof(target));

    /// <summary>The target that the channel was created with.</summary>
    public string Target { get; }

    /// <summary>Creates an invoker whose calls go over the channel.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Shuts the channel down.</summary>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>Shuts the channel down; nothing to do unless a channel says otherwise.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
