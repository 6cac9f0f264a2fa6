namespace Grpc.Core;

/// <summary>
/// Ties a call to the server call that makes it. Only gRPC makes such tokens; see
/// <see cref="ServerCallContext.CreatePropagationToken" />.
/// </summary>
public abstract class ContextPropagationToken
{
    internal ContextPropagationToken()
    {
    }
}
