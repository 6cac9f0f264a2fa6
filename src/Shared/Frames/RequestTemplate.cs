namespace Tachyon.Frames;

/// <summary>The constant part of requests, which the client sends once: only what differs travels with each request.</summary>
/// <remarks>
/// Payload of its frame: method, scheme, authority, path with query, then names and values of headers, all of them texts.
/// </remarks>
internal sealed class RequestTemplate(string method, string scheme, string authority, string target, KeyValuePair<string, string>[] headers)
{
    /// <summary>Definitions that a connection may have.</summary>
    internal const int MaxCount = 1024;

    /// <summary>The name by which a request carries the path itself, before its headers, where the template has none.</summary>
    internal const string PathName = ":path";

    internal string Method => method;

    internal string Scheme => scheme;

    internal string Authority => authority;

    /// <summary>Path and query, as in the request line of HTTP/1.1.</summary>
    internal string Target => target;

    internal KeyValuePair<string, string>[] Headers => headers;

    /// <summary>Characters of the names and values of its headers.</summary>
    internal int HeaderSize { get; } = headers.Sum(static header => header.Key.Length + header.Value.Length);

    internal void Write(ref FrameBuffer buffer, ushort number)
    {
        var start = buffer.BeginFrame();
        buffer.Write(method);
        buffer.Write(scheme);
        buffer.Write(authority);
        buffer.Write(target);
        foreach ((var name, var value) in headers)
        {
            buffer.Write(name);
            buffer.Write(value);
        }

        buffer.EndFrame(start, FrameType.Define, FrameFlags.None, number, stream: 0);
    }

    /// <exception cref="FrameException">It is malformed.</exception>
    internal static RequestTemplate Read(ReadOnlySpan<byte> payload)
    {
        var block = new HeaderBlock(payload);
        var method = block.ReadName();
        var scheme = block.ReadName();
        var authority = block.ReadValue();
        var target = block.ReadValue();
        List<KeyValuePair<string, string>> headers = [];
        while (!block.IsAtEnd)
        {
            headers.Add(new(block.ReadName(), block.ReadValue()));
        }

        return new RequestTemplate(method, scheme, authority, target, [.. headers]);
    }
}
