using System.Net.Sockets;
using Grpc.Core;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>Errors as Grpc.Net.Client gives them to its callers.</summary>
internal static class CallFailure
{
    /// <summary>The status of a call that an error of the connection, or of code of the caller, has ended.</summary>
    internal static StatusCode CodeOf(Exception failure)
    {
        StatusCode? code = null;
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            code = cause switch
            {
                HttpProtocolException protocol => (FrameErrorCode)protocol.ErrorCode switch
                {
                    FrameErrorCode.RefusedStream => StatusCode.Unavailable,
                    FrameErrorCode.Cancel => StatusCode.Cancelled,
                    FrameErrorCode.EnhanceYourCalm => StatusCode.ResourceExhausted,
                    (FrameErrorCode)0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
                    _ => StatusCode.Internal,
                },
                SocketException or IOException => code ?? StatusCode.Unavailable,
                _ => code,
            };
        }

        return code ?? StatusCode.Internal;
    }

    /// <summary>The messages of the whole chain, as gRPC joins them.</summary>
    internal static string Describe(Exception failure)
    {
        var text = $"{failure.GetType().Name}: {failure.Message}";
        return failure.InnerException is { } inner ? $"{text} {Describe(inner)}" : text;
    }
}
