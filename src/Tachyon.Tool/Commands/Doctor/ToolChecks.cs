using System.Diagnostics;
using System.Globalization;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Doctor;

/// <summary>Whether a connection really works here, and whether others could be watched.</summary>
internal static class ToolChecks
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    internal static async Task<Finding> LoopAsync(CancellationToken cancellationToken)
    {
        const string Check = "a connection";
        try
        {
            // Both ends in this process; an abstract name leaves no file behind.
            var name = $"@tachyon-doctor-{Guid.NewGuid():N}";
            var listener = TachyonListener.Listen(new TachyonEndPoint(name));
            await using (listener.ConfigureAwait(false))
            {
                var start = Stopwatch.GetTimestamp();
                await EchoAsync(listener, name).WaitAsync(s_limit, cancellationToken).ConfigureAwait(false);
                return Finding.Ok(Check, string.Create(CultureInfo.InvariantCulture, $"made, used and closed within this process in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms"));
            }
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or PlatformNotSupportedException)
        {
            return Finding.Problem(Check, exception.Message, "See the findings above; a sandbox may need docs/sandboxing.md.");
        }
    }

    internal static Finding TraceScope()
    {
        const string Check = "kernel.yama.ptrace_scope";
        const string File = "/proc/sys/kernel/yama/ptrace_scope";
        var scope = System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Trim() : "";
        return Finding.Ok(Check, scope switch
        {
            "" => "not there: 'tachyon top' sees the connections of your own processes",
            "0" => "0: 'tachyon top' sees the connections of your own processes",
            _ => $"{scope}: 'tachyon top' needs root to see more than who is connected",
        });
    }

    private static async Task EchoAsync(TachyonListener listener, string name)
    {
        var accepting = listener.AcceptAsync().AsTask();
        var client = await TachyonConnection.ConnectAsync(name).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            var server = (await accepting.ConfigureAwait(false))!;
            await using (server.ConfigureAwait(false))
            {
                byte[] sent = [42];
                var received = new byte[1];
                await client.GetStream().WriteAsync(sent).ConfigureAwait(false);
                await server.GetStream().ReadExactlyAsync(received).ConfigureAwait(false);
                if (received[0] != sent[0])
                {
                    throw new IOException("A byte came through as another one.");
                }
            }
        }
    }
}
