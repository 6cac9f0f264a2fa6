using System.Globalization;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>A client that keeps rewriting bytes that it has published already, as fast as it can, until told to stop.</summary>
internal static class RewriterRole
{
    private static long s_rewrites;

    /// <summary>Publishes bytes of the pattern once (argument: how many), and overwrites them for ever.</summary>
    internal static async Task StartAsync(string path, int count)
    {
        var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        BytePattern.Fill(end.BytesToward[..count], 0, seed: 0);
        Volatile.Write(ref end.Toward.Tail, (ulong)count);
        end.RingVictim();
        var thread = new Thread(() =>
        {
            while (true)
            {
                var rewrite = Interlocked.Increment(ref s_rewrites);
                end.BytesToward[..count].Fill((byte)rewrite);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        ServerRoles.Report("ready");
    }

    /// <summary>Makes gRPC calls over one connection after another while the ring that they go through is being rewritten.</summary>
    internal static void StartCalls(string path)
    {
        _ = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    await CallAsync(path).ConfigureAwait(false);
                }
            }
            catch (Exception exception)
            {
                ServerRoles.Report($"failed {exception}".ReplaceLineEndings(" "));
            }
        });
        ServerRoles.Report("ready");
    }

    internal static void Run(string command) => ServerRoles.Report(Volatile.Read(ref s_rewrites).ToString(CultureInfo.InvariantCulture));

    private static async Task CallAsync(string path)
    {
        using var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        await using var connection = end.ToConnection();
        using var traffic = new HttpTraffic(connection);

        // Of one value, so that only payload is met: no frame has so many of it.
        const byte Payload = 0xA5;
        var data = new byte[200_000];
        Array.Fill(data, Payload);
        Task calling = traffic.CallOnceAsync(data);
        while (!calling.IsCompleted)
        {
            Interlocked.Increment(ref s_rewrites);
            Flip(end.BytesToward, Payload, 0x5A);
            Flip(end.BytesToward, 0x5A, Payload);
        }

        connection.Abort();
        try
        {
            await calling.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The frames were hit after all.
        }
    }

    private static void Flip(Span<byte> bytes, byte from, byte to)
    {
        for (var i = 0; i < bytes.Length; i += 64)
        {
            if (Volatile.Read(ref bytes[i]) == from)
            {
                Volatile.Write(ref bytes[i], to);
            }
        }
    }
}
