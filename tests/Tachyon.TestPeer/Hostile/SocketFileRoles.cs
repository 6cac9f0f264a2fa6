using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>A server that starts again and again, and a neighbor that puts another file in the place of its new socket.</summary>
internal static partial class SocketFileRoles
{
    private const int MaxStarts = 20_000;

    /// <summary>Starts until so many starts were spoiled by an exchange, and reports how they ended.</summary>
    /// <param name="path">Where to listen.</param>
    /// <param name="argument">The number of spoiled starts, and the group of the socket.</param>
    internal static void StartOften(string path, string argument)
    {
        var words = argument.Split(' ');
        var wanted = int.Parse(words[0], CultureInfo.InvariantCulture);
        var options = new TachyonServerOptions
        { SocketMode = (UnixFileMode)0b110_110_110, SocketGroupId = uint.Parse(words[1], CultureInfo.InvariantCulture) };
        int started = 0, exchanged = 0, blocked = 0;
        string? other = null;
        for (var i = 0; i < MaxStarts && exchanged < wanted; i++)
        {
            try
            {
                var listener = TachyonListener.Listen(path, options);
                listener.DisposeAsync().AsTask().GetAwaiter().GetResult();
                started++;
            }
            catch (SocketException)
            {
                blocked++;
            }
            catch (IOException exception) when (exception.Message.Contains("exchanged", StringComparison.Ordinal))
            {
                exchanged++;
            }
            catch (IOException exception)
            {
                other ??= exception.Message;
            }
        }

        ServerRoles.Report($"started {started} exchanged {exchanged} blocked {blocked} other {other ?? "none"}");
    }

    /// <summary>For ever: whatever lies at the path is replaced by a link to a file, or by another socket; then the path is free
    /// again.</summary>
    /// <param name="path">Where the server listens.</param>
    /// <param name="argument">"link" and the target, or "socket" and the path of a socket to put there for a moment.</param>
    internal static void Exchange(string path, string argument)
    {
        var words = argument.Split(' ');
        var link = words[1] + ".link";
        ServerRoles.Report("ready");
        new Thread(() =>
        {
            while (true)
            {
                if (words[0] == "link")
                {
                    _ = MakeLink(words[1], link);
                    _ = Rename(link, path);
                    _ = Unlink(path);
                }
                else
                {
                    _ = Rename(words[1], path);
                    _ = Rename(path, words[1]);
                }
            }
        })
        { IsBackground = true }.Start();
    }

    [LibraryImport("libc", EntryPoint = "symlink", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeLink(string target, string path);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "unlink", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);
}
