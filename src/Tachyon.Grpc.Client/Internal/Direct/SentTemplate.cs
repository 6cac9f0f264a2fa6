using System.Net.Http.Headers;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The constant part of the requests for one method of a service, on one connection.</summary>
internal sealed class SentTemplate
{
    // Of Grpc.Net.Client, the same string in each request.
    private static readonly string[] s_constant = ["User-Agent", "TE", "grpc-accept-encoding", "Content-Type"];

    private readonly KeyValuePair<string, string>[] _headers;
    private byte[] _definition;

    private SentTemplate(HttpRequestMessage request, ushort number, bool hasPath, KeyValuePair<string, string>[] headers)
    {
        _headers = headers;
        Number = number;
        Method = request.Method;
        var uri = request.RequestUri!;
        HasPath = hasPath;
        var template = new RequestTemplate(
            Method.Method, Uri.UriSchemeHttp, request.Headers.Host ?? uri.Authority, hasPath ? uri.PathAndQuery : "", headers);
        FrameBuffer frame = default;
        template.Write(ref frame, number);
        _definition = frame.Written.ToArray();
        frame.Release();
    }

    internal ushort Number { get; }

    internal HttpMethod Method { get; }

    /// <summary>Otherwise each request carries its own.</summary>
    internal bool HasPath { get; }

    /// <summary>The frame that defines it; empty once that was sent.</summary>
    internal ReadOnlySpan<byte> Definition => _definition;

    internal static bool IsGrpc(HttpRequestMessage request)
        => request.Content?.Headers.NonValidated.TryGetValues("Content-Type", out var type) == true
        && type.ToString().StartsWith("application/grpc", StringComparison.Ordinal);

    internal static SentTemplate Of(HttpRequestMessage request, ushort number)
        => new(request, number, hasPath: true, [.. Constant(request.Headers), .. Constant(request.Content!.Headers)]);

    internal static SentTemplate OfAnyPath(HttpRequestMessage request, ushort number) => new(request, number, hasPath: false, []);

    /// <summary>After the definition was sent, with the lock of the connection.</summary>
    internal void OnDefined() => _definition = [];

    /// <summary>Whether the template has the header, the same one.</summary>
    internal bool Contains(string name, string value)
    {
        foreach (var header in _headers)
        {
            if (ReferenceEquals(header.Key, name) && (ReferenceEquals(header.Value, value) || header.Value == value))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<KeyValuePair<string, string>> Constant(HttpHeaders headers)
        => headers.NonValidated
            .Where(static header => s_constant.Contains(header.Key) && header.Value.Count == 1)
            .Select(static header => new KeyValuePair<string, string>(header.Key, header.Value.ToString()));
}
