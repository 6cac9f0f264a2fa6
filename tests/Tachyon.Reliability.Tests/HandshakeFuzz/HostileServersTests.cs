using System.Net.Sockets;
using Tachyon.Reliability.Tests.Hostile;
using Tachyon.TestPeer;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Tests.Handshake;
using Tachyon.Transport.Tests.Support;
using Xunit.Abstractions;

namespace Tachyon.Reliability.Tests.HandshakeFuzz;

/// <summary>Servers that do anything at the control socket. Connecting to them works or fails with a documented error, and leaves
/// nothing.</summary>
public sealed class HostileServersTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Workers = 4;

    private readonly TempDirectory _directory = new();
    private readonly HandshakeClient _client = new(TachyonWaitMode.Park);
    private (ResourceSnapshot Resources, long Bytes) _before;

    public async Task InitializeAsync()
    {
        output.WriteLine($"TACHYON_SEED={Attacker.Seed}");
        await _client.InitializeAsync();

        // What the runtime opens on first use is no leak.
        await RunAsync(200, seed: 1);
        _before = await _client.SettledAsync();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_attempt_ends_with_a_documented_outcome()
    {
        var count = TestSize.Of("TACHYON_HANDSHAKES", usual: 500, full: 5_000);
        var outcomes = await RunAsync(count, Attacker.Seed);

        await _client.AssertReturnedAsync(_before);
        output.WriteLine(string.Join(", ", outcomes));
        Figures.Report("handshakes fuzzed (hostile servers)", count);
        Assert.Equal(count, outcomes.Values.Sum());

        // All that an answer can lead to was met, success included: the mutations leave some whole.
        Assert.Superset(
            new HashSet<string> { "Connected", "NotATachyonServer", "VersionMismatch", "ServerRefused", "NoSharedMemory", "UserNotAllowed" },
            outcomes.Keys.ToHashSet());
    }

    private async Task<Dictionary<string, int>> RunAsync(int count, int seed)
    {
        var parts = await Task.WhenAll(
            Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(count / Workers, new Random(seed + worker)))))
            .Within("connecting to hostile servers", TimeSpan.FromSeconds(60) + (count * TimeSpan.FromMilliseconds(10)));
        return parts.SelectMany(static part => part)
            .GroupBy(static pair => pair.Key)
            .ToDictionary(static g => g.Key, static g => g.Sum(static pair => pair.Value));
    }

    private async Task<Dictionary<string, int>> WorkAsync(int count, Random random)
    {
        var endPoint = new TachyonEndPoint(_directory.NewSocketPath());
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(endPoint.ToSocketAddress());
        listening.Listen(8);
        var outcomes = new Dictionary<string, int>();
        for (var i = 0; i < count; i++)
        {
            var connecting = ConnectAsync(endPoint);
            using (var server = new RawSocket(await listening.AcceptAsync().Within("the next attempt")))
            {
                await AttackAsync(server, random);
            }

            var outcome = await connecting.Within($"an attempt at a hostile server, seed {Attacker.Seed}");
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        return outcomes;
    }

    private static async Task AttackAsync(RawSocket server, Random random)
    {
        var mutator = new Mutator(random);
        using var set = new DescriptorSet();
        if (random.Next(4) != 0)
        {
            await server.ReceiveAnyAsync(random.Next(1, HandshakeMessage.Size + 1));
        }

        var honest = RawSocket.Reply;
        if (random.Next(5) == 0)
        {
            honest = honest with { Status = (HandshakeStatus)random.Next(8), Descriptors = 0 };
        }

        var reply = mutator.Message(honest);
        if (random.Next(12) == 0)
        {
            if (random.Next(2) == 0)
            {
                server.Shutdown((SocketShutdown)random.Next(3));
            }

            return;
        }

        if (random.Next(6) == 0)
        {
            var with = random.Next(Math.Min(reply.Length, HandshakeMessage.Size));
            for (var i = 0; i < reply.Length && server.TrySend(reply.AsSpan(i, 1), i == with ? mutator.Descriptors(set) : []); i++)
            {
                Thread.Yield();
            }
        }
        else
        {
            _ = server.TrySend(reply, mutator.Descriptors(set));
        }

        if (random.Next(3) == 0)
        {
            // Its ready, or its end; with the write end shut, since it may wait for more.
            server.Shutdown(SocketShutdown.Send);
            await server.ReceiveAnyAsync(2 * HandshakeMessage.Size);
        }
    }

    private async Task<string> ConnectAsync(TachyonEndPoint endPoint)
    {
        var outcome = await _client.ConnectAsync(endPoint, TimeSpan.FromMinutes(5));
        if (outcome.Result != ConnectOutcome.Connected)
        {
            Assert.True(Enum.TryParse(outcome.Result, out TachyonConnectError error), $"{outcome.Result}: {outcome.Message}");
            Assert.Contains(endPoint.ToString(), outcome.Message, StringComparison.Ordinal);
            if (error == TachyonConnectError.Other)
            {
                Assert.Contains(outcome.Cause, new[] { nameof(IOException), nameof(InvalidDataException) });
            }
        }

        return outcome.Result;
    }
}
