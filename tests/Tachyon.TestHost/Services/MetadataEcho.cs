using Grpc.Core;

namespace Tachyon.TestHost.Services;

/// <summary>Sends a request's headers back, so that a test sees them cross the transport both ways.</summary>
public static class MetadataEcho
{
    /// <summary>Request headers with this prefix come back as response headers.</summary>
    public const string HeaderPrefix = "echo-header-";

    /// <summary>Request headers with this prefix come back as trailers.</summary>
    public const string TrailerPrefix = "echo-trailer-";

    /// <summary>Writes the response headers at once if there are any, and leaves the trailers for the end of the call.</summary>
    internal static async Task WriteAsync(ServerCallContext context)
    {
        CopyTrailers(context);
        var headers = new Metadata();
        Copy(context.RequestHeaders, HeaderPrefix, headers);
        if (headers.Count > 0)
        {
            await context.WriteResponseHeadersAsync(headers);
        }
    }

    internal static void CopyTrailers(ServerCallContext context)
        => Copy(context.RequestHeaders, TrailerPrefix, context.ResponseTrailers);

    private static void Copy(Metadata from, string prefix, Metadata to)
    {
        foreach (var entry in from)
        {
            if (entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            {
                to.Add(entry);
            }
        }
    }
}
