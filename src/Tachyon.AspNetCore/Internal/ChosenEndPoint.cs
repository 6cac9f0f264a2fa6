using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Which of Kestrel's end points are ours. Besides those of ListenTachyon: Unix sockets whose path ends with <c>?tachyon</c>, since the URL of an
/// endpoint in the configuration has no other room for it ("http://unix:/run/app.sock?tachyon"), and all Unix sockets where the options say so.
/// </summary>
internal static class ChosenEndPoint
{
    private const string Mark = "?tachyon";

    internal static TachyonEndPoint? From(EndPoint endPoint, TachyonServerOptions options)
    {
        switch (endPoint)
        {
            case TachyonEndPoint tachyon:
                return tachyon;
            case UnixDomainSocketEndPoint unix:
                // Its path; "@name" where it is abstract.
                string path = unix.ToString();
                return path.EndsWith(Mark, StringComparison.Ordinal) ? new TachyonEndPoint(path[..^Mark.Length])
                    : options.ReplaceUnixSockets && path.Length > 0 ? new TachyonEndPoint(path)
                    : null;
            default:
                return null;
        }
    }
}
