using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;
using Tachyon.Transport.Internal;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Which of Kestrel's end points are ours. Besides those of ListenTachyon: Unix sockets whose path ends with <c>?tachyon</c>, since the URL of an
/// endpoint in the configuration has no other room for it ("http://unix:/run/app.sock?tachyon"), and all Unix sockets where the options say so.
/// </summary>
internal static class ChosenEndPoint
{
    /// <summary>What follows a question mark at the end of the path of a Unix socket that is not ours; null where there is none.</summary>
    internal static string? MisspelledMark(EndPoint endPoint)
    {
        if (endPoint is not UnixDomainSocketEndPoint)
        {
            return null;
        }

        string name = Path.GetFileName(endPoint.ToString()!);
        int mark = name.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? null : name[mark..];
    }

    internal static TachyonEndPoint? From(EndPoint endPoint, TachyonServerOptions options)
    {
        switch (endPoint)
        {
            case TachyonEndPoint tachyon:
                return tachyon;
            case UnixDomainSocketEndPoint unix:
                // Its path; "@name" where it is abstract.
                string path = unix.ToString();
                return SocketAddressText.WithoutMark(path) is { } marked ? new TachyonEndPoint(marked)
                    : options.ReplaceUnixSockets && path.Length > 0 ? new TachyonEndPoint(path)
                    : null;
            default:
                return null;
        }
    }
}
