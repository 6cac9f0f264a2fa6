namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>A child process that runs a role of Tachyon.TestPeer and answers commands.</summary>
internal static class PeerProgram
{
    internal static async Task<ChildProgram> StartAsync(
        string role, string path, IEnumerable<string>? wrapper = null, uint? user = null, string mode = "Adaptive")
    {
        var peer = ChildProgram.Start("Tachyon.TestPeer", [role, path, mode], user, wrapper);
        Assert.Equal("ready", await peer.ReadLineAsync());
        return peer;
    }

    internal static async Task<string> AskAsync(this ChildProgram peer, string command)
    {
        peer.Send(command);
        return await peer.ReadLineAsync() ?? throw new InvalidOperationException($"The child ended on '{command}': {peer.Errors}");
    }

    /// <summary>Adds what the child has reported until now to <paramref name="reports"/>.</summary>
    internal static async Task ReadReportsAsync(this ChildProgram peer, List<string> reports)
    {
        var line = await peer.AskAsync("ping");
        while (line != "pong")
        {
            reports.Add(line);
            line = await peer.ReadLineAsync() ?? throw new InvalidOperationException($"The child ended: {peer.Errors}");
        }
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
