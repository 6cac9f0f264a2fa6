using System.Text;

namespace FileTransfer.Shared;

/// <summary>The two addresses of the server, in a directory that belongs to this run alone.</summary>
internal sealed record Endpoints(string Tachyon, string UnixSocket)
{
    // sockaddr_un has 108 bytes for the path and its terminating zero.
    private const int LongestPath = 107;

    public static Endpoints In(string directory)
    {
        var endpoints = new Endpoints(Path.Combine(directory, "tachyon.sock"), Path.Combine(directory, "plain.sock"));
        if (Encoding.UTF8.GetByteCount(endpoints.Tachyon) > LongestPath)
        {
            throw new SampleException(
                $"A socket needs a path of {LongestPath} bytes at most, and {endpoints.Tachyon} is longer. Set TMPDIR to a shorter path.");
        }

        return endpoints;
    }
}
