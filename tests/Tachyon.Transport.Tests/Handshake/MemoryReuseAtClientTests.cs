using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>
/// A client process keeps the memory of a connection that has ended, offers it to the server when it connects again, and uses it only where
/// the server says so. The test is the server.
/// </summary>
public sealed class MemoryReuseAtClientTests(HandshakeClient client) : IClassFixture<HandshakeClient>, IAsyncLifetime
{
    private const ulong Number = 77;

    private static readonly HandshakeMessage s_new = RawSocket.Reply with { Features = HandshakeMessage.MemoryReuse };
    private static readonly HandshakeMessage s_again = s_new with { Descriptors = 0 };

    private readonly TempDirectory _directory = new();
    private TachyonEndPoint _endPoint = null!;
    private Socket _listening = null!;
    private ResourceSnapshot _before = null!;
    private DescriptorSet _set = null!;
    private SharedRegion _view = null!;

    public async Task InitializeAsync()
    {
        _endPoint = new TachyonEndPoint(_directory.NewSocketPath());
        _listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listening.Bind(_endPoint.ToSocketAddress());
        _listening.Listen(8);

        // What the runtime and the transport open on first use is no leak.
        using (var first = new DescriptorSet())
        {
            await ConnectAsync(0, ConnectOutcome.Connected, RawSocket.Reply, first.All);
        }

        _before = await client.SettledResourcesAsync();
        MakeMemory();
    }

    public async Task DisposeAsync()
    {
        await ResourceSnapshot.AssertReturnedAsync(client.Id, _before, "The client");
        CloseMemory();
        _listening.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public Task Memory_is_offered_and_used_again()
        => InTimeAsync(async () =>
        {
            await ConnectAsync(0, ConnectOutcome.Connected, s_new, _set.All);
            for (var i = 0; i < 5; i++)
            {
                await Watchdog.Until(() => _view.IsReleasedByClient, "the client has released the memory");
                AsAfterTheEnd();
                await ConnectAsync(Number, ConnectOutcome.Connected, s_again);
            }
        });

    [Fact]
    public Task Memory_is_kept_where_the_server_is_not_ready_for_it()
        => InTimeAsync(async () =>
        {
            await ConnectAsync(0, ConnectOutcome.Connected, s_new, _set.All);
            using (var other = new DescriptorSet())
            {
                await ConnectAsync(Number, ConnectOutcome.Connected, RawSocket.Reply, other.All);
            }

            AsAfterTheEnd();
            await ConnectAsync(Number, ConnectOutcome.Connected, s_again);
        });

    [Fact]
    public async Task Memory_is_not_kept_for_a_server_that_does_not()
    {
        await ConnectAsync(0, ConnectOutcome.Connected, RawSocket.Reply, _set.All);
        using var other = new DescriptorSet();
        await ConnectAsync(0, ConnectOutcome.Connected, RawSocket.Reply, other.All);
        Assert.False(_view.IsReleasedByClient);
    }

    [Fact]
    public async Task Memory_without_a_number_is_not_kept()
    {
        _view.ReuseNumber = 0;
        await ConnectAsync(0, ConnectOutcome.Connected, s_new, _set.All);
        using var other = new DescriptorSet();
        await ConnectAsync(0, ConnectOutcome.Connected, s_new, other.All);
    }

    [Fact]
    public async Task Reply_without_descriptors_is_refused_where_nothing_was_kept()
    {
        var outcome = await ConnectAsync(0, nameof(TachyonConnectError.NotATachyonServer), s_again);
        Assert.Contains("memory that this client does not have", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Other_sizes_than_those_of_the_memory_are_refused()
        => InTimeAsync(async () =>
        {
            using var other = new DescriptorSet();
            await ConnectAsync(0, ConnectOutcome.Connected, s_new, _set.All);
            AsAfterTheEnd();
            await ConnectAsync(Number, nameof(TachyonConnectError.NotATachyonServer), s_again with { RingSize0 = 131_072 });

            // What it offered is gone: the server may use it.
            await ConnectAsync(0, ConnectOutcome.Connected, RawSocket.Reply, other.All);
        });

    [Fact]
    public Task Descriptors_that_the_reply_does_not_name_are_refused_and_closed()
        => InTimeAsync(async () =>
        {
            await ConnectAsync(0, ConnectOutcome.Connected, s_new, _set.All);
            AsAfterTheEnd();
            using var other = new DescriptorSet();
            var outcome = await ConnectAsync(Number, nameof(TachyonConnectError.NotATachyonServer), s_again, other.All);
            Assert.Contains("descriptors came with a reply that has none", outcome.Message, StringComparison.Ordinal);
        });

    [Fact]
    public async Task Memory_of_a_server_that_is_gone_is_returned()
    {
        await ConnectAsync(0, ConnectOutcome.Connected, s_new, _set.All);
        await Watchdog.Until(() => _view.IsReleasedByClient, "the client has released the memory");

        _set.ServerLifeline.Dispose();

        await Watchdog.Until(() => ResourceSnapshot.Take(client.Id).RingMappings == 0, "the client has returned the memory");
        using var other = new DescriptorSet();
        await ConnectAsync(0, ConnectOutcome.Connected, RawSocket.Reply, other.All);
    }

    [Fact]
    public Task Attempt_that_is_canceled_leaves_nothing_behind()
        => InTimeAsync(async () =>
        {
            await ConnectAsync(0, ConnectOutcome.Connected, s_new, _set.All);
            var connecting = client.ConnectAsync(_endPoint);
            using var server = new RawSocket(await _listening.AcceptAsync().Within());
            var hello = await server.ReceiveAsync(MessageKind.Hello);

            client.CancelAll();

            var outcome = await connecting.Within();
            Assert.Contains(outcome.Result, new[] { nameof(OperationCanceledException), nameof(TaskCanceledException) });
            CheckOffer(Number, hello);
            await Watchdog.Until(() => ResourceSnapshot.Take(client.Id).RingMappings == 0, "the client has returned the memory");
        });

    /// <summary>
    /// The client keeps memory for a second. When it connects later, on a machine that is busy for so long, it has none, and all begins
    /// anew.
    /// </summary>
    private async Task InTimeAsync(Func<Task> scenario)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            try
            {
                await scenario();
                return;
            }
            catch (TooLateException)
            {
                await Watchdog.Until(() => ResourceSnapshot.Take(client.Id).RingMappings == 0, "the client has returned the memory");
                CloseMemory();
                MakeMemory();
            }
        }

        Assert.Fail("The memory was never offered.");
    }

    private static void CheckOffer(ulong offered, HandshakeMessage hello)
    {
        if (offered != 0 && hello.ReuseNumber == 0)
        {
            throw new TooLateException();
        }

        Assert.Equal(ReuseClient.Hello with { ReuseNumber = offered }, hello);
    }

    private void MakeMemory()
    {
        _set = new DescriptorSet();
        _view = SharedRegion.Map(_set.All[0], Pair.DefaultRingSize, Pair.DefaultRingSize);
        _view.ReuseNumber = Number;
    }

    private void CloseMemory()
    {
        _view.Release();
        _set.Dispose();
    }

    /// <summary>One attempt, which must offer this number and comes to this end.</summary>
    private async Task<TestPeer.ConnectOutcome> ConnectAsync(
        ulong offered, string end, HandshakeMessage reply, params SafeFileHandle[] descriptors)
    {
        var connecting = client.ConnectAsync(_endPoint);
        HandshakeMessage hello;
        using (var server = new RawSocket(await _listening.AcceptAsync().Within()))
        {
            hello = await server.ReceiveAsync(MessageKind.Hello);
            if (hello.ReuseNumber == offered)
            {
                server.Send(reply, descriptors);
                if (end == ConnectOutcome.Connected && descriptors.Length > 0)
                {
                    Assert.Equal(HandshakeStatus.Ok, (await server.ReceiveAsync(MessageKind.Ready)).Status);
                }
            }
        }

        var outcome = await connecting.Within();
        CheckOffer(offered, hello);
        Assert.Equal(end, outcome.Result);
        return outcome;
    }

    /// <summary>What a server does with memory that both sides have ended to use.</summary>
    private void AsAfterTheEnd()
    {
        _view.ClearHeader();
        _view.ReuseNumber = Number;
    }

    private sealed class TooLateException : Exception;
}
