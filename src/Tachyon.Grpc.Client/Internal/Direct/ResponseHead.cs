using Grpc.Core;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The status of HTTP and the headers of a response. Immutable.</summary>
internal sealed class ResponseHead(int httpStatus, KeyValuePair<string, string>[] headers)
{
    private const string ContentType = "application/grpc";

    /// <summary>That of almost every response.</summary>
    internal static readonly ResponseHead Standard = new(200, [new("content-type", ContentType)]);

    internal KeyValuePair<string, string>[] Headers => headers;

    /// <summary>The call ends with the headers, whatever follows.</summary>
    internal bool IsLast { get; }
        = httpStatus != 200
        || headers.Any(static header => header.Key.Equals("grpc-status", StringComparison.OrdinalIgnoreCase))
        || !IsGrpc(ResponseFields.Find(headers, "content-type", isFirstEnough: true));

    /// <summary>The status of a call that ends with its headers.</summary>
    /// <param name="status">The status.</param>
    /// <param name="hasStatus">The server has sent it: the headers are the trailers.</param>
    /// <returns>False for a call that goes on.</returns>
    /// <exception cref="InvalidOperationException">A header is there more than once, or its value is no number.</exception>
    internal bool TryGetStatus(out Status status, out bool hasStatus)
    {
        hasStatus = ResponseFields.TryGetStatus(headers, out status);
        if (hasStatus)
        {
            return true;
        }

        var type = ResponseFields.Find(headers, "content-type");
        if (httpStatus != 200)
        {
            status = new Status(CodeOf(httpStatus), $"Bad gRPC response. HTTP status code: {httpStatus}");
            return true;
        }

        if (IsGrpc(type))
        {
            return false;
        }

        status = new Status(
            StatusCode.Cancelled,
            type is null
                ? "Bad gRPC response. Response did not have a content-type header."
                : $"Bad gRPC response. Invalid content-type value: {type}");
        return true;
    }

    private static bool IsGrpc(string? type)
        => type?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) == true
        && (type.Length == ContentType.Length || type[ContentType.Length] is ';' or '+');

    // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
    private static StatusCode CodeOf(int httpStatus) => httpStatus switch
    {
        400 or 431 or (>= 100 and < 200) => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
