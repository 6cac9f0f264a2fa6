namespace Tachyon.Transport;

/// <summary>
/// The address of a socket on this machine. Channels, servers, configuration and tools read it in one grammar, and print it in one
/// spelling.
/// </summary>
/// <param name="IsSharedMemory">Whether the address asks for shared memory; false: for the plain Unix socket.</param>
/// <param name="Path">The path of the socket, or <c>@name</c> for the abstract namespace (unix(7)).</param>
public readonly record struct TachyonAddress(bool IsSharedMemory, string Path)
{
    private const string TachyonScheme = "tachyon:";
    private const string UnixScheme = "unix:";

    /// <summary>
    /// Ends the path of a Unix socket in a URL of Kestrel, which has no other room for the choice:
    /// <c>http://unix:/run/app.sock?tachyon</c>.
    /// </summary>
    public const string SharedMemorySuffix = "?tachyon";

    /// <summary>
    /// Reads <c>tachyon:///run/app.sock</c>, <c>unix:///run/app.sock</c>, each also with one slash or as <c>tachyon:@name</c>; a bare path
    /// or <c>@name</c>, which mean shared memory; and the URLs that Kestrel reads and prints: <c>http://unix:/run/app.sock?tachyon</c>,
    /// <c>http://unix:/@name?tachyon</c>, <c>http://unix:/run/app.sock</c>; also <c>http://tachyon:/run/app.sock</c>.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <returns>Null for an address of the network, such as <c>http://host:port</c>.</returns>
    /// <exception cref="ArgumentException">The address is empty, names a host, or has no path; the message says what to write.</exception>
    public static TachyonAddress? Parse(string address)
        => ParseUrl(address)
            ?? (address.Contains("://", StringComparison.Ordinal) ? null : new TachyonAddress(true, address));

    /// <summary>Reads what <see cref="Parse"/> reads, but no bare path and no bare name.</summary>
    /// <inheritdoc cref="Parse"/>
    /// <returns>Null for an address of the network, and for one without a scheme.</returns>
    public static TachyonAddress? ParseUrl(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        var start = 0;
        foreach (var http in (ReadOnlySpan<string>)["http://", "https://"])
        {
            if (StartsWith(address, 0, http)
                && (StartsWith(address, http.Length, TachyonScheme) || StartsWith(address, http.Length, UnixScheme)))
            {
                start = http.Length;
            }
        }

        if (StartsWith(address, start, TachyonScheme))
        {
            return new TachyonAddress(true, PathOf(address, start + TachyonScheme.Length));
        }

        return StartsWith(address, start, UnixScheme) ? FromSocketPath(PathOf(address, start + UnixScheme.Length)) : null;
    }

    /// <summary>Reads the path of a Unix socket as Kestrel has it: with or without <see cref="SharedMemorySuffix"/>.</summary>
    /// <param name="path">The path, <c>@name</c>, or <c>/@name?tachyon</c>.</param>
    public static TachyonAddress FromSocketPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!path.EndsWith(SharedMemorySuffix, StringComparison.Ordinal) || path.Length == SharedMemorySuffix.Length)
        {
            return new TachyonAddress(false, path);
        }

        var isAbstract = path.StartsWith("/@", StringComparison.Ordinal) && path.IndexOf('/', 1) < 0;
        return new TachyonAddress(true, path[(isAbstract ? 1 : 0)..^SharedMemorySuffix.Length]);
    }

    /// <summary>The spelling that messages print and that every entry point reads: <c>tachyon:///run/app.sock</c>,
    /// <c>tachyon:@name</c>.</summary>
    public override string ToString()
        => $"{(IsSharedMemory ? TachyonScheme : UnixScheme)}{(Path.StartsWith('/') ? "//" : "")}{Path}";

    /// <summary>
    /// The spelling that Kestrel reads after <c>http://</c>: <c>unix:/run/app.sock?tachyon</c>. Kestrel reads a socket only where a slash
    /// follows "unix:", so a name of the abstract namespace has one in front: <c>unix:/@name?tachyon</c>.
    /// </summary>
    public string ToKestrelAddress() => $"{UnixScheme}{(Path.StartsWith('/') ? "" : "/")}{Path}{(IsSharedMemory ? SharedMemorySuffix : "")}";

    private static bool StartsWith(string address, int start, string value)
        => string.Compare(address, start, value, 0, value.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private static string PathOf(string address, int start)
    {
        // "tachyon:///run/app.sock" with the empty authority of RFC 3986, or "tachyon:/run/app.sock" without; also "tachyon:@name".
        var path = address[start..];
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
