using System.Globalization;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>What a process holds once its garbage is collected.</summary>
/// <param name="Holdings">As the kernel counts it.</param>
/// <param name="Managed">Bytes of live objects.</param>
internal sealed record Live(ResourceSnapshot Holdings, long Managed);

/// <summary>A server and a client process that speak the bare transport.</summary>
internal sealed class ChurnPair : IAsyncDisposable
{
    /// <summary>Connections after which the client reports: the watchdog looks at each such step.</summary>
    private const int Step = 1_000;

    private ChurnPair(ChildProgram server, ChildProgram client) => (Server, Client) = (server, client);

    public ChildProgram Server { get; }

    public ChildProgram Client { get; }

    public static async Task<ChurnPair> StartAsync(string path, TachyonWaitMode clientMode, TachyonWaitMode serverMode)
    {
        var server = ChildProgram.Start("Tachyon.TestPeer", ["churn-server", path, serverMode.ToString()]);
        await ExpectAsync(server, "ready");
        var client = ChildProgram.Start("Tachyon.TestPeer", ["churn-client", path, clientMode.ToString()]);
        await ExpectAsync(client, "ready");
        return new ChurnPair(server, client);
    }

    public static async Task CommandAsync(ChildProgram child, string command, string answer)
    {
        child.Send(command);
        await ExpectAsync(child, answer);
    }

    public async Task ChurnAsync(int connections, int atOnce)
    {
        for (var done = 0; done < connections; done += Step)
        {
            var step = Math.Min(Step, connections - done);
            await CommandAsync(Client, $"churn {step} {atOnce}", $"churned {step}");
        }
    }

    /// <summary>Waits until no ring is mapped any more, collects, and takes the counts.</summary>
    public async Task<(Live Server, Live Client)> SettleAsync()
        => (await SettleAsync(Server), await SettleAsync(Client));

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static async Task<Live> SettleAsync(ChildProgram child)
    {
        var process = child.Id.ToString(CultureInfo.InvariantCulture);
        var mappings = 0;
        try
        {
            await Watchdog.Until(() => (mappings = ProcessFacts.RingMappings(process)) == 0, "the last ring's end");
        }
        catch (HungException)
        {
            Assert.Fail($"{mappings} mappings of rings are left in process {process}; errors: {child.Errors}");
        }

        child.Send("collect");
        var line = await child.ReadLineAsync();
        Assert.StartsWith("collected ", line, StringComparison.Ordinal);
        return new Live(ResourceSnapshot.Take(child.Id), long.Parse(line!.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    private static async Task ExpectAsync(ChildProgram child, string answer)
    {
        var line = await child.ReadLineAsync();
        Assert.True(line == answer, $"'{answer}' expected, got '{line}'; errors: {child.Errors}");
    }
}
