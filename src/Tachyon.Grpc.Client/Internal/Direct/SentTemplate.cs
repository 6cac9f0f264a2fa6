using System.Buffers;
using System.Net.Http.Headers;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The constant part of the requests for one method of a service, on one connection.</summary>
internal sealed class SentTemplate
{
    // Of Grpc.Net.Client, the same string in each request.
    private static readonly string[] s_constant = ["User-Agent", "TE", AcceptEncoding, "Content-Type"];

    private const string AcceptEncoding = "grpc-accept-encoding";

    // What a URI keeps as it is.
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("/._-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private readonly KeyValuePair<string, string>[] _headers;
    private readonly string _authority;
    private byte[] _definition;

    private SentTemplate(HttpMethod method, string authority, string path, ushort number, KeyValuePair<string, string>[] headers)
    {
        _headers = headers;
        _authority = authority;
        Number = number;
        Method = method;
        HasPath = path.Length > 0;
        var template = new RequestTemplate(method.Method, Uri.UriSchemeHttp, authority, path, headers);
        FrameBuffer frame = default;
        template.Write(ref frame, number);
        _definition = frame.Written.ToArray();
        frame.Release();
    }

    internal ushort Number { get; }

    internal HttpMethod Method { get; }

    /// <summary>Otherwise each request carries its own.</summary>
    internal bool HasPath { get; }

    /// <summary>It has all constant headers: a caller that brings one of its own adds a second value, which is not constant.</summary>
    internal bool IsModel
        => Method == HttpMethod.Post && s_constant.All(name => _headers.Any(header => header.Key == name));

    /// <summary>The frame that defines it; empty once that was sent.</summary>
    internal ReadOnlySpan<byte> Definition => _definition;

    internal static bool IsGrpc(HttpRequestMessage request)
        => request.Content?.Headers.NonValidated.TryGetValues("Content-Type", out var type) == true
        && type.ToString().StartsWith("application/grpc", StringComparison.Ordinal);

    internal static SentTemplate Of(HttpRequestMessage request, ushort number)
        => new(
            request.Method,
            AuthorityOf(request),
            request.RequestUri!.PathAndQuery,
            number,
            [.. Constant(request.Headers), .. Constant(request.Content!.Headers)]);

    internal static SentTemplate OfAnyPath(HttpRequestMessage request, ushort number)
        => new(request.Method, AuthorityOf(request), path: "", number, []);

    /// <summary>Whether a path, the full name of a method, is the same in a URI.</summary>
    internal static bool IsPlain(string path)
        => path.StartsWith('/') && !path.AsSpan().ContainsAnyExcept(s_plain) && !path.Contains("/.", StringComparison.Ordinal);

    /// <summary>The same for another method, in calls whose responses are not to be compressed.</summary>
    internal SentTemplate ForUnary(string path, ushort number)
        => new(Method, _authority, path, number, [.. _headers.Where(static header => header.Key != AcceptEncoding)]);

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

    private static string AuthorityOf(HttpRequestMessage request) => request.Headers.Host ?? request.RequestUri!.Authority;

    private static IEnumerable<KeyValuePair<string, string>> Constant(HttpHeaders headers)
        => headers.NonValidated
            .Where(static header => s_constant.Contains(header.Key) && header.Value.Count == 1)
            .Select(static header => new KeyValuePair<string, string>(header.Key, header.Value.ToString()));
}
