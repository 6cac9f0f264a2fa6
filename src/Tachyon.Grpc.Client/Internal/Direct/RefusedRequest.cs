namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>An attempt that the server did not process.</summary>
/// <param name="BodyLength">Bytes of the body.</param>
/// <param name="Failure">How it ended.</param>
internal sealed record RefusedRequest(long BodyLength, HttpRequestException Failure);
