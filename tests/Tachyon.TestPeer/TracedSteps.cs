using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>
/// One side of a connection, step by step on command, for a trace of its system calls. The steps are run once before they count, so that
/// all code is compiled and all types are loaded by then.
/// </summary>
internal static class TracedSteps
{
    private const string MarkerDirectory = "/tachyon-phase/";

    private static readonly List<TachyonConnection> s_connections = [];
    private static readonly List<Task> s_echoes = [];
    private static TachyonListener? s_listener;

    /// <summary>Runs one command to its end, then reports "ok".</summary>
    internal static void Run(string command)
    {
        // On the main thread and not in the pool: what the pool does is then only what the step caused.
        RunAsync(command.Split(' ')).GetAwaiter().GetResult();
        ServerRoles.Report("ok");
    }

    private static async Task RunAsync(string[] words)
    {
        switch (words[0])
        {
            case "phase":
                // A call that fails and changes nothing, and that a trace shows with its argument.
                _ = Access(MarkerDirectory + words[1], 0);
                break;
            case "listen":
                s_listener = TachyonListener.Listen(
                    new TachyonEndPoint(words[1]),
                    new TachyonServerOptions
                    { WaitMode = Mode(words[2]), SocketGroupId = GetGroupId(), SendRingSize = 65536, ReceiveRingSize = 65536 });
                break;
            case "accept":
                for (var i = 0; i < Number(words[1]); i++)
                {
                    var connection = (await s_listener!.AcceptAsync().ConfigureAwait(false))!;
                    connection.AllowInlineContinuations = true;
                    s_echoes.Add(ServeAsync(connection));
                }

                break;
            case "connect":
                for (var i = 0; i < Number(words[3]); i++)
                {
                    var connection = await TachyonConnection
                        .ConnectAsync(
                            words[1], new TachyonClientOptions { WaitMode = Mode(words[2]), SendRingSize = 65536, ReceiveRingSize = 65536 })
                        .ConfigureAwait(false);
                    connection.AllowInlineContinuations = true;
                    s_connections.Add(connection);
                }

                break;
            case "echo":
                foreach (var connection in s_connections)
                {
                    await PingAsync(connection, Number(words[1]), Number(words[2])).ConfigureAwait(false);
                }

                break;
            case "dispose":
                foreach (var connection in s_connections)
                {
                    await connection.DisposeAsync().ConfigureAwait(false);
                }

                s_connections.Clear();
                break;
            case "end":
                await Task.WhenAll(s_echoes).ConfigureAwait(false);
                s_echoes.Clear();
                break;
            case "unmapped":
                // The thread that polled a connection releases its memory last, and no step waits for it.
                while (File.ReadLines("/proc/self/maps").Any(static line => line.Contains("memfd:tachyon", StringComparison.Ordinal)))
                {
                    await Task.Delay(1).ConfigureAwait(false);
                }

                break;
            case "rested":
                // The handshake's last step wakes a thread that accepts clients once more, and what is prepared for a next client is closed
                // a second later. Both threads then sleep without a limit.
                while (Directory.EnumerateDirectories("/proc/self/task").Count(AcceptsWithoutLimit) < 2)
                {
                    await Task.Delay(1).ConfigureAwait(false);
                }

                break;
            case "stop":
                await s_listener!.DisposeAsync().ConfigureAwait(false);
                break;
            default:
                throw new ArgumentException($"Unknown step '{words[0]}'.");
        }
    }

    private static async Task ServeAsync(TachyonConnection connection)
    {
        await Traffic.EchoAsync(connection).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One message there and back at a time, each checked.</summary>
    private static async Task PingAsync(TachyonConnection connection, int rounds, int bytes)
    {
        for (var round = 0; round < rounds; round++)
        {
            BytePattern.Fill(connection.Output.GetSpan(bytes)[..bytes], 0, round);
            connection.Output.Advance(bytes);
            _ = await connection.Output.FlushAsync().ConfigureAwait(false);
            var read = await connection.Input.ReadAtLeastAsync(bytes).ConfigureAwait(false);
            BytePattern.Check(read.Buffer, 0, round);
            connection.Input.AdvanceTo(read.Buffer.End);
        }
    }

    /// <summary>Whether the thread accepts clients and sleeps in a wait without a limit: -1 as the fourth argument
    /// (epoll_wait(2)).</summary>
    private static bool AcceptsWithoutLimit(string task)
    {
        if (File.ReadAllText($"{task}/comm").Trim() != "Tachyon accept")
        {
            return false;
        }

        // "232 0x44 0x7f.. 0x40 0xffffffff ..." (proc_pid_syscall(5)); "running" when it makes no call.
        var call = File.ReadAllText($"{task}/syscall").Split(' ');
        return call.Length > 4 && call[4].EndsWith("ffffffff", StringComparison.Ordinal);
    }

    private static TachyonWaitMode Mode(string word) => Enum.Parse<TachyonWaitMode>(word);

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "access", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Access(string path, int mode);

    [DllImport("libc", EntryPoint = "getgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetGroupId();
}
