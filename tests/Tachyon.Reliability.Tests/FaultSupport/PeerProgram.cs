using System.Globalization;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>A child process that runs a role of Tachyon.TestPeer and can be asked what it holds.</summary>
internal static class PeerProgram
{
    internal static async Task<ChildProgram> StartAsync(
        string role, string path, IEnumerable<string>? wrapper = null, uint? user = null, string mode = "Adaptive")
    {
        ChildProgram peer = ChildProgram.Start("Tachyon.TestPeer", [role, path, mode], user, wrapper);
        Assert.Equal("ready", await peer.ReadLineAsync());
        return peer;
    }

    internal static async Task<string> AskAsync(this ChildProgram peer, string command)
    {
        peer.Send(command);
        return await peer.ReadLineAsync() ?? throw new InvalidOperationException($"The child ended on '{command}': {peer.Errors}");
    }

    /// <summary>Waits until the child holds no more than <paramref name="before"/>. What else it says goes to <paramref name="other"/>.</summary>
    internal static async Task AssertReturnedAsync(this ChildProgram peer, (int Descriptors, int RingMappings) before, Action<string>? other = null)
    {
        (int Descriptors, int RingMappings) now = default;
        for (int look = 0; look < 400; look++)
        {
            now = await peer.HeldAsync(other);
            if (now.Descriptors <= before.Descriptors && now.RingMappings <= before.RingMappings)
            {
                return;
            }

            await Task.Delay(10);
        }

        string descriptors = string.Join('\n', ProcessFacts.Links(peer.Id.ToString(CultureInfo.InvariantCulture)));
        Assert.Fail($"The child held {before} before and holds {now} now. Its descriptors:\n{descriptors}");
    }

    internal static async Task<(int Descriptors, int RingMappings)> HeldAsync(this ChildProgram peer, Action<string>? other = null)
    {
        string line = await peer.AskAsync("census");
        while (!line.StartsWith("census ", StringComparison.Ordinal))
        {
            other?.Invoke(line);
            line = await peer.ReadLineAsync() ?? "";
            Assert.NotEqual("", line);
        }

        string[] words = line.Split(' ');
        return (int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
    }

    /// <summary>What the child holds once it has held the same for a while: it closes connections in the background.</summary>
    internal static async Task<(int Descriptors, int RingMappings)> SettledAsync(this ChildProgram peer)
    {
        (int Descriptors, int RingMappings) last = await peer.HeldAsync();
        for (int same = 0; same < 5;)
        {
            await Task.Delay(10);
            (int Descriptors, int RingMappings) now = await peer.HeldAsync();
            same = now == last ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    /// <summary>For the role "exchange": a whole life of a connection, with verified traffic.</summary>
    internal static async Task ConnectAndCloseAsync(this ChildProgram client, int server)
    {
        Assert.Equal($"connected to {server}", await client.AskAsync("connect"));
        Assert.Equal("exchanged 1000000", await client.AskAsync("exchange"));
        await client.CloseAsync();
    }

    internal static async Task CloseAsync(this ChildProgram client)
    {
        // "closed" by the event of the connection, "done" by the command, in any order.
        string[] lines = [await client.AskAsync("close"), (await client.ReadLineAsync())!];
        Assert.Equal(["closed", "done"], lines.Order());
    }
}
