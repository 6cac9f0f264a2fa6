using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tachyon.Transport;

/// <summary>
/// Where a Tachyon server listens: the path of the Unix socket of its control plane, or <c>@name</c> for a socket of the abstract
/// namespace (unix(7)), which has no file and no file permissions.
/// </summary>
public sealed class TachyonEndPoint : EndPoint
{
    /// <summary>Bytes of <c>sun_path</c> in a Unix socket address (unix(7)), its final zero included.</summary>
    internal const int MaxPathBytes = 108;

    /// <summary>Creates an end point.</summary>
    /// <param name="path">A file path (made absolute), <c>@name</c>, or the address <c>tachyon:///run/app.sock</c> or
    /// <c>tachyon:@name</c>.</param>
    /// <exception cref="ArgumentException">
    /// The path is empty, has a zero character, or is longer than the 107 bytes of a Unix socket address; or it is an address of another
    /// kind.
    /// </exception>
    public TachyonEndPoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (TachyonAddress.Parse(path) is not { IsSharedMemory: true } address)
        {
            throw new ArgumentException(
                $"'{path}' is not the address of a Tachyon end point: use a path, @name, or an address such as tachyon:///run/app.sock.", nameof(path));
        }

        path = address.Path;
        if (path.Contains('\0', StringComparison.Ordinal) || path == "@")
        {
            throw new ArgumentException("The path of a Tachyon end point must be a file path, or @ and a name.", nameof(path));
        }

        IsAbstract = path[0] == '@';
        Path = IsAbstract ? path : System.IO.Path.GetFullPath(path);
        var bytes = Encoding.UTF8.GetByteCount(Path);
        if (bytes >= MaxPathBytes)
        {
            throw new ArgumentException(
                $"The path '{Path}' has {bytes} bytes, but a Unix socket address holds at most {MaxPathBytes - 1}: use a shorter path.",
                nameof(path));
        }
    }

    /// <summary>The absolute path, or <c>@name</c>.</summary>
    public string Path { get; }

    /// <summary>True for a socket of the abstract namespace.</summary>
    public bool IsAbstract { get; }

    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <summary>
    /// The address that clients, servers, and the tool take: <c>tachyon:///run/app.sock</c> or <c>tachyon:@name</c>.
    /// </summary>
    public override string ToString() => new TachyonAddress(IsSharedMemory: true, Path).ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TachyonEndPoint other && other.Path == Path;

    /// <inheritdoc/>
    public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);

    internal UnixDomainSocketEndPoint ToSocketAddress() => new(IsAbstract ? "\0" + Path[1..] : Path);
}
