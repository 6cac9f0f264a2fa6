namespace Tachyon.Transport.Internal;

/// <summary>The one grammar of addresses of sockets on this machine, for channels, servers and tools.</summary>
/// <param name="IsTachyon">Whether shared memory is asked for; false: the plain Unix socket.</param>
/// <param name="Path">The path of the socket, or <c>@name</c>.</param>
internal readonly record struct SocketAddressText(bool IsTachyon, string Path)
{
    private const string TachyonScheme = "tachyon:";
    private const string UnixScheme = "unix:";

    /// <summary>At the end of the path of a Unix socket in the configuration of Kestrel, which has no other room for it.</summary>
    internal const string Mark = "?tachyon";

    /// <summary>
    /// Reads <c>tachyon:///run/app.sock</c>, <c>unix:///run/app.sock</c>, each also with one slash or as <c>tachyon:@name</c>; a bare path
    /// or <c>@name</c>, which mean shared memory; and the URLs that Kestrel reads and prints: <c>http://unix:/run/app.sock?tachyon</c>,
    /// <c>http://unix:/@name?tachyon</c>, <c>http://unix:/run/app.sock</c>; also <c>http://tachyon:/run/app.sock</c>.
    /// </summary>
    /// <returns>Null for an address of the network.</returns>
    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    internal static SocketAddressText? Parse(string address)
        => ParseScheme(address)
            ?? (address.Contains("://", StringComparison.Ordinal) ? null : new SocketAddressText(true, address));

    /// <summary>As <see cref="Parse"/>, and null for a bare path or name too.</summary>
    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    internal static SocketAddressText? ParseScheme(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        int start = 0;
        foreach (string http in (ReadOnlySpan<string>)["http://", "https://"])
        {
            if (StartsWith(address, 0, http) && (StartsWith(address, http.Length, TachyonScheme) || StartsWith(address, http.Length, UnixScheme)))
            {
                start = http.Length;
            }
        }

        if (StartsWith(address, start, TachyonScheme))
        {
            return new SocketAddressText(true, PathOf(address, start + TachyonScheme.Length));
        }

        if (!StartsWith(address, start, UnixScheme))
        {
            return null;
        }

        string path = PathOf(address, start + UnixScheme.Length);
        return WithoutMark(path) is { } marked ? new SocketAddressText(true, marked) : new SocketAddressText(false, path);
    }

    /// <summary>The path or name in front of the mark, as <see cref="KestrelAddress"/> writes it; null without the mark.</summary>
    internal static string? WithoutMark(string path)
        => !path.EndsWith(Mark, StringComparison.Ordinal) || path.Length == Mark.Length ? null
            : path.StartsWith("/@", StringComparison.Ordinal) && path.IndexOf('/', 1) < 0 ? path[1..^Mark.Length]
            : path[..^Mark.Length];

    /// <summary>The address as messages print it, and as all take it: <c>tachyon:///run/app.sock</c>, <c>tachyon:@name</c>.</summary>
    public override string ToString()
        => $"{(IsTachyon ? TachyonScheme : UnixScheme)}{(Path.StartsWith('/') ? "//" : "")}{Path}";

    /// <summary>
    /// The same as a URL of Kestrel, without <c>http://</c>: <c>unix:/run/app.sock?tachyon</c>. Kestrel reads a socket only where a slash
    /// follows "unix:", and so a name of the abstract namespace has one in front: <c>unix:/@name?tachyon</c>.
    /// </summary>
    internal string KestrelAddress => $"{UnixScheme}{(Path.StartsWith('/') ? "" : "/")}{Path}{(IsTachyon ? Mark : "")}";

    private static bool StartsWith(string address, int start, string value)
        => string.Compare(address, start, value, 0, value.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private static string PathOf(string address, int start)
    {
        // "tachyon:///run/app.sock" with the empty authority of RFC 3986, or "tachyon:/run/app.sock" without; also "tachyon:@name".
        string path = address[start..];
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            path = path[2..];
            if (path.Length > 0 && path[0] is not ('/' or '@'))
            {
                throw new ArgumentException(
                    $"The address '{address}' names a host: a socket is on this machine, and its address has three slashes, as in {address[..start]}///{path}.",
                    nameof(address));
            }
        }

        return path.Length > 0 ? path : throw new ArgumentException(
            $"The address '{address}' has no path: it is as {address[..start]}///run/app.sock, or {address[..start]}@name in the abstract namespace.", nameof(address));
    }
}
