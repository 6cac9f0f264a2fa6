using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>A server and a client that go through the life of some connections, each with strace around it, phase by phase.</summary>
internal sealed class TracedPair
{
    /// <summary>The phase in which all is done for the first time.</summary>
    internal const string FirstUse = "first use";

    /// <summary>The phase in which the same connections are made again at once, in the memory of the last ones, and closed.</summary>
    internal const string Again = "again";

    /// <summary>Connections that are opened and closed side by side with the phases that count: once for each wait mode.</summary>
    internal const int Connections = 3;

    /// <summary>The most seconds of rest that are looked at for each wait mode: threads of the runtime's pool go to sleep, and end, when
    /// they like.</summary>
    private const int RestWindows = 15;

    private const int Messages = 100;

    // More than the ring has room for: the writer waits for space.
    private const int LargeMessage = 100_000;

    private readonly TracedProcess _server;
    private readonly TracedProcess _client;
    private readonly string _path;
    private int _returns;

    private TracedPair(TracedProcess server, TracedProcess client, string path)
    {
        _server = server;
        _client = client;
        _path = path;
    }

    internal static IReadOnlyDictionary<TachyonWaitMode, string> DataPhases { get; } = new Dictionary<TachyonWaitMode, string>
    {
        [TachyonWaitMode.Spin] = "busy",
        [TachyonWaitMode.Adaptive] = "polling",
        [TachyonWaitMode.Park] = "asleep",
    };

    /// <returns>All calls of the server and of the client.</returns>
    internal static async Task<(IReadOnlyList<TracedCall> Server, IReadOnlyList<TracedCall> Client)> RunAsync(TempDirectory directory)
    {
        await using var server = await TracedProcess.StartAsync(directory.FilePath("server.trace"));
        await using var client = await TracedProcess.StartAsync(directory.FilePath("client.trace"));
        var pair = new TracedPair(server, client, directory.NewSocketPath());
        foreach (var mode in DataPhases.Keys)
        {
            // The first time for the compiler.
            await pair.LiveAsync(mode, counts: false);
        }

        foreach (var mode in DataPhases.Keys)
        {
            await pair.LiveAsync(mode, counts: true);
        }

        return (await server.ReadAsync(), await client.ReadAsync());
    }

    /// <summary>No thread made any call, be it the transport's or the runtime's.</summary>
    internal static bool IsSilent(IEnumerable<TracedCall> calls, string phase)
        => !calls.Any(call => call.Phase == phase && !call.IsOfTheTest);

    private async Task LiveAsync(TachyonWaitMode mode, bool counts)
    {
        // What a killed server leaves behind.
        StaleSocket.Leave(_path);
        await PhaseAsync("listen", counts, () => _server.StepAsync($"listen {_path} {mode}"));
        await PhaseAsync("handshake", counts, async () =>
        {
            _server.Begin($"accept {Connections}");
            await _client.StepAsync($"connect {_path} {mode} {Connections}");
            await _server.EndAsync();
        });
        await _server.StepAsync("rested");
        await PhaseAsync(DataPhases[mode], counts, async () =>
        {
            await _client.StepAsync($"echo {Messages} 64");
            await _client.StepAsync($"echo 2 {LargeMessage}");
        });
        if (mode != TachyonWaitMode.Spin && counts)
        {
            for (var window = 1; window <= RestWindows; window++)
            {
                var phase = $"rest/{mode}/{window}";
                await PhaseAsync(phase, counts, () => Task.Delay(TimeSpan.FromSeconds(1)));
                if (IsSilent(await _server.ReadAsync(), phase) && IsSilent(await _client.ReadAsync(), phase))
                {
                    break;
                }
            }
        }

        await PhaseAsync("close", counts, CloseAsync);
        await PhaseAsync(Again, counts, async () =>
        {
            _server.Begin($"accept {Connections}");
            await _client.StepAsync($"connect {_path} {mode} {Connections}");
            await _server.EndAsync();
            await CloseAsync();
        });
        await PhaseAsync("return", counts, WaitForReturnAsync);
        await _client.StepAsync("unmapped");
        await _server.StepAsync("unmapped");
        await PhaseAsync("stop", counts, () => _server.StepAsync("stop"));
    }

    private async Task CloseAsync()
    {
        await _client.StepAsync("dispose");
        await _server.StepAsync("end");
    }

    /// <summary>What both sides have kept is returned after a second: then its lifelines are watched no more.</summary>
    private Task WaitForReturnAsync()
    {
        var due = ++_returns * Connections;
        return ReadUntilReturnedAsync().Within("what both sides have kept is returned");

        async Task ReadUntilReturnedAsync()
        {
            while (CountReturned(await _server.ReadAsync()) < due || CountReturned(await _client.ReadAsync()) < due)
            {
                // A trace takes some milliseconds to read.
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }

        static int CountReturned(IReadOnlyList<TracedCall> calls)
            => calls.Count(static call => call is { Name: "epoll_ctl DEL", On: "lifeline" });
    }

    private async Task PhaseAsync(string phase, bool counts, Func<Task> steps)
    {
        await MarkAsync(counts ? phase : FirstUse.Replace(' ', '-'));
        await steps();
        await MarkAsync(counts ? "between" : FirstUse.Replace(' ', '-'));
    }

    private async Task MarkAsync(string phase)
    {
        await _server.StepAsync($"phase {phase}");
        await _client.StepAsync($"phase {phase}");
    }
}
