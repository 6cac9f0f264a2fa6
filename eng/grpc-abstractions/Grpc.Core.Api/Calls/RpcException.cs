using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>
/// A call has failed. A server method throws it to end its call with a status, and a client gets it from such a call.
/// </summary>
public class RpcException : Exception
{
    /// <summary>Creates the exception of a status.</summary>
    public RpcException(Status status)
        : this(status, Metadata.Empty)
    {
    }

    /// <summary>Creates the exception of a status with a message of its own.</summary>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>Creates the exception of a status, with the trailers of the call.</summary>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>Creates the exception of a status, with the trailers of the call and a message of its own.</summary>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        Status = status;
        Trailers = GrpcPreconditions.CheckNotNull(trailers, nameof(trailers));
    }

    /// <summary>The status of the call.</summary>
    public Status Status { get; }

    /// <summary>The code of the status.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The trailers of the call; empty if there are none.</summary>
    public Metadata Trailers { get; }
}
