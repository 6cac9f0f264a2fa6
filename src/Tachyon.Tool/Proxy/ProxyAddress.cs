using System.Globalization;
using System.Net;
using Tachyon.Transport;

namespace Tachyon.Tool.Proxy;

/// <summary>Where the proxy listens, or what it connects to: <c>tcp://host:port</c>, or a socket of this machine in any of its
/// spellings.</summary>
internal sealed class ProxyAddress
{
    private const string TcpScheme = "tcp:";

    private readonly string _text;

    private ProxyAddress(ProxyScheme scheme, string text)
    {
        Scheme = scheme;
        _text = text;
    }

    internal ProxyScheme Scheme { get; }

    /// <summary>The name or the number of the host, of a TCP address.</summary>
    internal string Host { get; private init; } = "";

    /// <summary>The port, of a TCP address.</summary>
    internal int Port { get; private init; }

    /// <summary>The path, of all but a TCP address.</summary>
    internal TachyonEndPoint Path => LocalPath ?? throw new InvalidOperationException($"'{_text}' has no path.");

    private TachyonEndPoint? LocalPath { get; init; }

    /// <exception cref="FormatException">It is no such address; the message is a sentence.</exception>
    internal static ProxyAddress Parse(string text)
    {
        if (text.StartsWith(TcpScheme, StringComparison.OrdinalIgnoreCase))
        {
            var rest = text[TcpScheme.Length..];
            return ParseTcp(text, rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest);
        }

        try
        {
            if (text.Length > 0 && (text[0] is '/' or '@' ? TachyonAddress.Parse(text) : TachyonAddress.ParseUrl(text)) is { } socket)
            {
                return ParsePath(text, socket);
            }
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"'{text}' is not an address: {LocalAddress.Sentence(exception)}", exception);
        }

        throw new FormatException($"'{text}' is not an address: use tcp://HOST:PORT, unix:///PATH or tachyon:///PATH.");
    }

    /// <summary>The numbers to listen at, of a TCP address.</summary>
    /// <exception cref="FormatException">The host is a name, which may have several addresses on several networks.</exception>
    internal IPEndPoint ToListenEndPoint()
        => Host switch
        {
            "localhost" => new IPEndPoint(IPAddress.Loopback, Port),
            "*" => new IPEndPoint(IPAddress.IPv6Any, Port),
            _ when IPAddress.TryParse(Host, out var address) => new IPEndPoint(address, Port),
            _ => throw new FormatException($"Cannot listen at '{_text}': use the number of an address of this machine, 'localhost', or '*' for all of them."),
        };

    public override string ToString() => _text;

    private static ProxyAddress ParseTcp(string text, string rest)
    {
        var colon = rest.LastIndexOf(':');
        var host = colon < 0 ? "" : rest[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        return host.Length > 0
            && int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port <= IPEndPoint.MaxPort
            ? new ProxyAddress(ProxyScheme.Tcp, text) { Host = host, Port = port }
            : throw new FormatException($"'{text}' is not a TCP address: use tcp://HOST:PORT, such as tcp://127.0.0.1:5000.");
    }

    // A path that depends on the current directory would mean something else in a unit or a container.
    private static ProxyAddress ParsePath(string text, TachyonAddress socket)
        => socket.Path[0] is '/' or '@'
            ? new ProxyAddress(
                socket.IsSharedMemory ? ProxyScheme.Tachyon : ProxyScheme.Unix, text)
            { LocalPath = new TachyonEndPoint(socket.Path) }
            : throw new FormatException($"'{text}' has no absolute path: use tachyon:///PATH or unix:///PATH with three slashes.");
}
