using System.Text;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Addresses of sockets where Kestrel expects a URL. Kestrel reads <c>http://unix:/run/app.sock?tachyon</c>; it refuses
/// <c>tachyon:///run/app.sock</c>, and takes <c>http://unix:@app?tachyon</c> for a host, and listens on TCP port 80 of all interfaces.
/// </summary>
internal static class KestrelUrl
{
    // Of the path of a Unix socket as .NET takes it, the mark included.
    private const int MaxPathBytes = 108;

    /// <returns>The same address as a URL that Kestrel reads; null for one that it reads as it is, and for addresses of the
    /// network.</returns>
    /// <exception cref="ArgumentException">The address of a socket that no URL of Kestrel can name; the message says what to
    /// write.</exception>
    internal static string? Translate(string url)
    {
        if (url.Length == 0 || IsReadByKestrel(url) || Parse(url) is not { } socket)
        {
            return null;
        }

        var endPoint = new TachyonEndPoint(socket.Path);
        var scheme = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        var address = (socket with { Path = endPoint.Path }).ToKestrelAddress();
        var path = address[address.IndexOf('/', StringComparison.Ordinal)..];
        if (endPoint.IsAbstract && !socket.IsSharedMemory)
        {
            throw new ArgumentException(
                $"Kestrel has no URL for a plain socket of the abstract namespace: write 'tachyon:{endPoint.Path}', which serves plain socket clients as well.");
        }

        // On Windows Kestrel takes the colon of the drive: "unix:/C:\app\app.sock".
        if (path.IndexOf(':', OperatingSystem.IsWindows() ? 3 : 0) >= 0 || Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
        {
            throw new ArgumentException(
                $"In a URL, Kestrel takes no colon in the path of a socket, and at most {MaxPathBytes - TachyonAddress.SharedMemorySuffix.Length} bytes: choose another path, or call ListenTachyon.");
        }

        return $"{scheme}://{address}";
    }

    // A path that begins with "unix:/" after the scheme, in these letters.
    private static bool IsReadByKestrel(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        return scheme > 0
            && (url.AsSpan(0, scheme).Equals("http", StringComparison.OrdinalIgnoreCase)
                || url.AsSpan(0, scheme).Equals("https", StringComparison.OrdinalIgnoreCase))
            && url.AsSpan(scheme + 3).StartsWith("unix:/", StringComparison.Ordinal);
    }

    // A relative path looks like the name of a host.
    private static TachyonAddress? Parse(string url)
        => url[0] is '/' or '@' ? new TachyonAddress(IsSharedMemory: true, url) : TachyonAddress.ParseUrl(url);
}
