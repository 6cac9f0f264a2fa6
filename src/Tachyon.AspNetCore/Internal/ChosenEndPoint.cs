using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Which of Kestrel's end points use shared memory: those of ListenTachyon; Unix sockets whose path ends with <c>?tachyon</c>, since the
/// URL of an endpoint in the configuration has no other room for the choice ("http://unix:/run/app.sock?tachyon"); and all Unix sockets
/// where the options replace them.
/// </summary>
internal static class ChosenEndPoint
{
    /// <summary>The question mark and what follows it in the name of a Unix socket that does not use shared memory; null where there is
    /// none.</summary>
    internal static string? MisspelledMark(EndPoint endPoint)
    {
        if (endPoint is not UnixDomainSocketEndPoint)
        {
            return null;
        }

        var name = Path.GetFileName(endPoint.ToString()!);
        var mark = name.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? null : name[mark..];
    }

    internal static TachyonEndPoint? From(EndPoint endPoint, TachyonTransportOptions options)
    {
        switch (endPoint)
        {
            case TachyonEndPoint tachyon:
                return tachyon;
            case UnixDomainSocketEndPoint unix:
                // Its path; "@name" where it is abstract.
                var path = unix.ToString();
                return path.Length == 0 ? null
                    : TachyonAddress.FromSocketPath(path) is { IsSharedMemory: true } address ? new TachyonEndPoint(address.Path)
                    : options.ReplaceUnixSockets ? new TachyonEndPoint(path)
                    : null;
            default:
                return null;
        }
    }
}
