using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tachyon.Frames;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>The request, as the application sees it.</summary>
internal abstract partial class DirectStream : IHttpRequestFeature, IHttpRequestBodyDetectionFeature, IHttpRequestIdentifierFeature
{
    private readonly HeaderDictionary _requestHeaders = [];
    private IHeaderDictionary? _replacedRequestHeaders;
    private Stream? _requestStream;
    private string? _traceIdentifier;

    public string Protocol { get; set; } = "HTTP/2";

    public string Scheme { get; set; } = "http";

    public string Method { get; set; } = "";

    public string PathBase { get; set; } = "";

    public string Path { get; set; } = "";

    public string QueryString { get; set; } = "";

    public string RawTarget { get; set; } = "";

    IHeaderDictionary IHttpRequestFeature.Headers
    {
        get => _replacedRequestHeaders ?? _requestHeaders;
        set => _replacedRequestHeaders = value;
    }

    Stream IHttpRequestFeature.Body
    {
        get => _requestStream ??= _body.AsStream();
        set => _requestStream = value;
    }

    public bool CanHaveBody { get; private set; }

    public string TraceIdentifier
    {
        get => _traceIdentifier ??= string.Create(CultureInfo.InvariantCulture, $"{_connection.Context.ConnectionId}:{Id:X8}");
        set => _traceIdentifier = value;
    }

    /// <summary>Why the request does not reach the application; null where it does.</summary>
    private protected BadHttpRequestException? Rejection => _rejected;

    /// <returns>Null, or why the request is rejected. What is no valid block at all ends the connection.</returns>
    private BadHttpRequestException? SetRequest(RequestTemplate template, ReadOnlySpan<byte> extra)
    {
        var limits = _connection.Limits;
        Method = template.Method;
        Scheme = template.Scheme;
        RawTarget = template.Target;
        ((IHeaderDictionary)_requestHeaders).Host = template.Authority;
        foreach ((var name, var value) in template.Headers)
        {
            _requestHeaders.Append(name, value);
        }

        var count = template.Headers.Length;
        var block = new HeaderBlock(extra);
        if (template.Target.Length == 0)
        {
            RawTarget = block.ReadText() == RequestTemplate.PathName
                ? block.ReadValue()
                : throw new FrameException(FrameErrorCode.ProtocolError, "neither a request nor its template has a path");
        }

        while (!block.IsAtEnd)
        {
            _requestHeaders.Append(block.ReadName(), block.ReadValue());
            count++;
        }

        if (extra.Length + template.HeaderSize > limits.MaxRequestHeadersTotalSize)
        {
            return new BadHttpRequestException("Request headers too long.", StatusCodes.Status431RequestHeaderFieldsTooLarge);
        }

        if (count > limits.MaxRequestHeaderCount)
        {
            return new BadHttpRequestException("Request contains too many headers.", StatusCodes.Status431RequestHeaderFieldsTooLarge);
        }

        return RawTarget.Length > limits.MaxRequestLineSize
            ? new BadHttpRequestException("Request line too long.", StatusCodes.Status414UriTooLong)
            : SetPath(RawTarget);
    }

    private BadHttpRequestException? SetPath(string target)
    {
        if (target == "*" && HttpMethods.IsOptions(Method))
        {
            Path = QueryString = "";
            return null;
        }

        if (!target.StartsWith('/'))
        {
            return InvalidTarget();
        }

        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        QueryString = query < 0 ? "" : target[query..];
        var normal = path.AsSpan().ContainsAny('%', '.') ? Normalize(path) : path;
        Path = normal ?? "";
        return normal is null ? InvalidTarget() : null;
    }

    private static BadHttpRequestException InvalidTarget() => new("Invalid request target.", StatusCodes.Status400BadRequest);

    /// <summary>Decoded but for %2F, and without dot segments, as Kestrel does it.</summary>
    /// <returns>Null for a path with a null character, and for one that is too long for an address.</returns>
    private static string? Normalize(string path)
    {
        // FromUriComponent would throw: too expensive for what any client can send.
        if (path.Contains("%00", StringComparison.Ordinal))
        {
            return null;
        }

        if (path.Contains("/.", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate($"http://localhost{path}", UriKind.Absolute, out var address))
            {
                return null;
            }

            path = address.AbsolutePath;
        }

        return path.Contains('%', StringComparison.Ordinal) ? PathString.FromUriComponent(path).Value! : path;
    }
}
