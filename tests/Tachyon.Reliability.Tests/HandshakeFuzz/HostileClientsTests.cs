using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tachyon.Reliability.Tests.Hostile;
using Tachyon.TestPeer;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Tests.Handshake;
using Tachyon.Transport.Tests.Support;
using Xunit.Abstractions;

namespace Tachyon.Reliability.Tests.HandshakeFuzz;

/// <summary>
/// Clients that do anything at the control socket. Each of them is either taken or refused with a documented reason, the next honest one is
/// served, and nothing is left.
/// </summary>
public sealed class HostileClientsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Workers = 8;
    private const int WarmUp = 1_000;

    private readonly HandshakeServer _server = new(TachyonWaitMode.Park, TimeSpan.FromSeconds(2));
    private (ResourceSnapshot Resources, long Bytes) _before;

    public async Task InitializeAsync()
    {
        output.WriteLine($"TACHYON_SEED={Attacker.Seed}");
        await _server.InitializeAsync();

        // What the runtime makes on first use, and keeps in its pools, is no leak.
        await RunAsync(WarmUp, new Random(1));
        await AssertServesAsync();
        _before = await _server.SettledAsync();
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_handshake_ends_with_a_documented_outcome()
    {
        var count = TestSize.Of("TACHYON_HANDSHAKES", usual: 500, full: 5_000);
        for (var done = 0; done < count; done += 500)
        {
            await RunAsync(Math.Min(500, count - done), new Random(Attacker.Seed + done));
            await AssertServesAsync();
        }

        await _server.AssertReturnedAsync(_before);
        Figures.Report("handshakes fuzzed (hostile clients)", count);
        var reasons = _server.Refused.GroupBy(static failure => failure.Reason);
        output.WriteLine(string.Join(", ", reasons.Select(static group => $"{group.Key}: {group.Count()}")));
        Assert.All(_server.Refused, static failure => AssertDocumented(failure));
        Assert.Superset(
            new HashSet<TachyonHandshakeFailureReason>
            {
                TachyonHandshakeFailureReason.NotATachyonClient, TachyonHandshakeFailureReason.ClientGone,
                TachyonHandshakeFailureReason.VersionMismatch,
                TachyonHandshakeFailureReason.RefusedByClient, TachyonHandshakeFailureReason.Malformed,
            },
            _server.Refused.Select(static failure => failure.Reason).ToHashSet());
    }

    [Fact]
    public async Task Hello_cut_anywhere_is_a_client_that_left()
    {
        var hello = RawSocket.Bytes(RawSocket.Hello);
        var before = Outcomes;
        for (var length = 0; length <= hello.Length; length++)
        {
            foreach (var halfClose in (bool[])[false, true])
            {
                using var client = await RawSocket.ConnectAsync(_server.EndPoint);
                _ = client.TrySend(hello.AsSpan(0, length));
                if (halfClose)
                {
                    client.Shutdown(SocketShutdown.Send);
                    await client.ReceiveAnyAsync(128);
                }
            }
        }

        await AssertSettledAsync(2 * (hello.Length + 1), before);
        Assert.All(
            _server.Refused.TakeLast(2 * (hello.Length + 1)),
            static failure => Assert.Equal(TachyonHandshakeFailureReason.ClientGone, failure.Reason));
        await AssertServesAsync();
        await _server.AssertReturnedAsync(_before);
    }

    [Fact]
    public async Task Thousands_that_send_a_piece_and_leave_do_no_harm()
    {
        const int Clients = 2_000;
        var before = Outcomes;
        var sockets = new ConcurrentQueue<RawSocket>();
        await Parallel.ForAsync(0, Clients, async (int i, CancellationToken _) =>
        {
            var client = await ConnectAsync();
            client.TrySend(RawSocket.Bytes(RawSocket.Hello).AsSpan(0, i % 65));
            sockets.Enqueue(client);
            if (i % 3 == 0)
            {
                client.Shutdown(SocketShutdown.Both);
            }
        }).Within("the connecting of thousands", TimeSpan.FromSeconds(60));
        while (sockets.TryDequeue(out var client))
        {
            client.Dispose();
        }

        await Watchdog.Until(() => Outcomes >= before + Clients, "an outcome for each client", TimeSpan.FromSeconds(60));
        await AssertServesAsync();
        await _server.AssertReturnedAsync(_before);
        Figures.Report("handshakes fuzzed (thousands at once)", Clients);
    }

    [Fact]
    public async Task Hundreds_that_are_silent_do_not_keep_an_honest_client_out()
    {
        const int Clients = 500;
        var sockets = new List<RawSocket>();
        for (var i = 0; i < Clients; i++)
        {
            sockets.Add(await ConnectAsync());
        }

        await AssertServesAsync();
        sockets.ForEach(static socket => socket.Dispose());
        await AssertServesAsync();
        await _server.AssertReturnedAsync(_before);
    }

    private int Outcomes => _server.Refused.Count + _server.Accepted.Count;

    private static void AssertDocumented(RefusedClient failure)
    {
        Assert.True(Enum.IsDefined(failure.Reason));
        Assert.NotEmpty(failure.Message);
        if (failure.Reason == TachyonHandshakeFailureReason.Error)
        {
            // Whatever a client does, it is said what; anything else would be an error of ours.
            Assert.Contains(failure.Cause, new[] { nameof(IOException), nameof(InvalidDataException), nameof(OperationCanceledException) });
        }
    }

    private async Task RunAsync(int count, Random random)
    {
        var before = Outcomes;
        int[] seeds = [.. Enumerable.Range(0, count).Select(_ => random.Next())];
        await Parallel.ForEachAsync(
            seeds,
            new ParallelOptions { MaxDegreeOfParallelism = Workers },
            async (seed, _) => await AttackAsync(new Random(seed))).Within("a batch of hostile clients", TimeSpan.FromSeconds(60));
        await AssertSettledAsync(count, before);
    }

    /// <summary>One outcome for each client: none was forgotten, none counted twice.</summary>
    private async Task AssertSettledAsync(int count, int before)
    {
        await Watchdog.Until(() => Outcomes >= before + count, $"{count} outcomes");
        Assert.Equal(before + count, Outcomes);
    }

    private async Task AttackAsync(Random random)
    {
        var mutator = new Mutator(random);
        using var set = new DescriptorSet();
        using var client = await ConnectAsync();
        var hello = mutator.Message(RawSocket.Hello);
        Send(client, hello, random, random.Next(5) == 0 ? mutator.Descriptors(set) : []);
        if (random.Next(8) == 0)
        {
            // Gone, or half gone, before any answer.
            if (random.Next(2) == 0)
            {
                client.Shutdown((SocketShutdown)random.Next(3));
            }

            return;
        }

        if (hello.Length < HandshakeMessage.Size)
        {
            // An answer comes only to what is not ours.
            client.Shutdown(SocketShutdown.Send);
        }

        var reply = await client.ReceiveAnyAsync(HandshakeMessage.Size);
        if (reply.Length == HandshakeMessage.Size && random.Next(8) != 0)
        {
            var ready = random.Next(6) == 0 ? RawSocket.Ready with { Status = HandshakeStatus.Failed } : RawSocket.Ready;
            Send(client, mutator.Message(ready), random, random.Next(5) == 0 ? mutator.Descriptors(set) : []);
        }
    }

    private static void Send(RawSocket client, byte[] bytes, Random random, Microsoft.Win32.SafeHandles.SafeFileHandle[] descriptors)
    {
        if (random.Next(6) != 0)
        {
            _ = TrySend(client, bytes, descriptors);
            return;
        }

        // Byte by byte, the descriptors with one of them.
        var with = random.Next(bytes.Length);
        for (var i = 0; i < bytes.Length && TrySend(client, bytes.AsSpan(i, 1), i == with ? descriptors : []); i++)
        {
            Thread.Yield();
        }
    }

    /// <summary>Without the descriptors where the kernel does not take them (SO_PASSRIGHTS, Linux 6.16).</summary>
    private static bool TrySend(RawSocket client, ReadOnlySpan<byte> bytes, Microsoft.Win32.SafeHandles.SafeFileHandle[] descriptors)
        => client.TrySend(bytes, descriptors)
            || (descriptors.Length > 0 && Marshal.GetLastPInvokeError() == Errno.EPERM && client.TrySend(bytes));

    /// <summary>A full backlog is not what these tests are about.</summary>
    private async Task<RawSocket> ConnectAsync()
    {
        while (true)
        {
            try
            {
                return await RawSocket.ConnectAsync(_server.EndPoint);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
            {
                await Task.Delay(1);
            }
        }
    }

    private async Task AssertServesAsync()
    {
        var accepted = _server.Accepted.Count;
        var options = new TachyonClientOptions { HandshakeTimeout = Watchdog.Limit };
        await using var client = await TachyonConnection.ConnectAsync(_server.EndPoint.Path, options).Within("an honest client");
        await Traffic.SendAsync(client.Output, 10_000, seed: 3).Within();
        client.CompleteOutput();
        Assert.Equal(10_000, await Traffic.ReceiveAsync(client.Input, seed: 3).Within());

        // Its report may come after the echo, and must not count as an outcome of the next clients.
        await Watchdog.Until(() => _server.Accepted.Count > accepted, "the report of the honest client");
    }
}
