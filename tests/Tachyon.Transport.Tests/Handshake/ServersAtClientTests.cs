using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>What a client does with servers that are foreign, broken or hostile: it says why, maps nothing of theirs, and keeps
/// nothing.</summary>
public sealed class ServersAtClientTests(HandshakeClient client) : IClassFixture<HandshakeClient>, IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private TachyonEndPoint _endPoint = null!;
    private Socket _listening = null!;
    private ResourceSnapshot _before = null!;

    public async Task InitializeAsync()
    {
        _endPoint = new TachyonEndPoint(_directory.NewSocketPath());
        _listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listening.Bind(_endPoint.ToSocketAddress());
        _listening.Listen(8);

        // What the runtime and the transport open on first use is no leak.
        await ExpectAsync(TachyonConnectError.NotATachyonServer, static async server => await server.SendAsync("warm up!"u8.ToArray()));
        await Good_descriptors_are_taken();
        _before = await client.SettledResourcesAsync();
    }

    public async Task DisposeAsync()
    {
        await ResourceSnapshot.AssertReturnedAsync(client.Id, _before, "The client");
        _listening.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Http2_server_is_not_ours()
        => await ExpectAsync(
            TachyonConnectError.NotATachyonServer,
            static async server => await server.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }),
            "is not a Tachyon server");

    [Fact]
    public async Task Http1_server_is_not_ours()
        => await ExpectAsync(
            TachyonConnectError.NotATachyonServer,
            static async server => await server.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()),
            "is not a Tachyon server");

    [Fact]
    public async Task Server_that_closes_at_once_is_not_ours()
        => await ExpectAsync(TachyonConnectError.NotATachyonServer, static _ => Task.CompletedTask);

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(63)]
    public async Task Truncated_reply_is_not_ours(int count)
        => await ExpectAsync(
            TachyonConnectError.NotATachyonServer,
            async server => await server.SendAsync(RawSocket.Bytes(RawSocket.Reply).AsMemory(0, count)));

    [Fact]
    public async Task Eventfds_are_refused_where_sockets_are_due()
        => await ExpectAsync(
            TachyonConnectError.NotATachyonServer,
            static server =>
            {
                using var descriptors = new DescriptorSet();
                server.Send(RawSocket.Reply with { Features = HandshakeMessage.SocketPairDoorbells }, descriptors.All);
                return Task.CompletedTask;
            },
            "descriptor 1 is not a Unix socket");

    [Fact]
    public async Task Other_version_names_both()
    {
        var message = await ExpectAsync(
            TachyonConnectError.VersionMismatch,
            static async server => await server.SendAsync(
                RawSocket.Reply with { Status = HandshakeStatus.VersionMismatch, LowestVersion = 7, HighestVersion = 9, Descriptors = 0 }),
            "7 to 9");
        Assert.Contains("version 1", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public async Task Version_that_was_not_offered_is_refused(ushort version, uint layout)
        => await ExpectAsync(
            TachyonConnectError.VersionMismatch,
            async server => await server.SendAsync(RawSocket.Reply with { HighestVersion = version, LayoutVersion = layout }));

    [Theory]
    [InlineData((uint)HandshakeStatus.FeatureMismatch, TachyonConnectError.VersionMismatch)]
    [InlineData((uint)HandshakeStatus.UserNotAllowed, TachyonConnectError.UserNotAllowed)]
    [InlineData((uint)HandshakeStatus.LimitReached, TachyonConnectError.ServerRefused)]
    [InlineData((uint)HandshakeStatus.Failed, TachyonConnectError.ServerRefused)]
    [InlineData((uint)HandshakeStatus.NoSharedMemory, TachyonConnectError.NoSharedMemory)]
    [InlineData(999u, TachyonConnectError.ServerRefused)]
    public async Task Refusals_are_classified(uint status, TachyonConnectError error)
        => await ExpectAsync(
            error,
            async server => await server.SendAsync(RawSocket.Reply with { Status = (HandshakeStatus)status, Descriptors = 0 }));

    [Theory]
    [InlineData(1u, TachyonConnectError.SharedMemoryOff)]
    [InlineData(2u, TachyonConnectError.NoSharedMemory)]
    [InlineData(3u, TachyonConnectError.NoSharedMemory)]
    public async Task Server_without_shared_memory_may_name_the_cause(uint detail, TachyonConnectError error)
        => await ExpectAsync(
            error,
            async server => await server.SendAsync(
                RawSocket.Reply with { Status = HandshakeStatus.NoSharedMemory, Descriptors = 0, Detail = (HandshakeDetail)detail }));

    public static TheoryData<string> Grants
        => ["ring 0 larger", "ring 1 larger", "ring 0 odd", "ring 1 zero", "ring 0 huge", "five descriptors", "feature", "required", "kind"];

    [Theory]
    [MemberData(nameof(Grants))]
    public async Task Grant_of_what_was_not_asked_for_is_refused(string what)
    {
        var reply = what switch
        {
            "ring 0 larger" => RawSocket.Reply with { RingSize0 = 131_072 },
            "ring 1 larger" => RawSocket.Reply with { RingSize1 = 131_072 },
            "ring 0 odd" => RawSocket.Reply with { RingSize0 = 65_000 },
            "ring 1 zero" => RawSocket.Reply with { RingSize1 = 0 },
            "ring 0 huge" => RawSocket.Reply with { RingSize0 = ulong.MaxValue },
            "five descriptors" => RawSocket.Reply with { Descriptors = 5 },
            "feature" => RawSocket.Reply with { Features = 4 },
            "required" => RawSocket.Reply with { RequiredFeatures = 4 },
            _ => RawSocket.Reply with { Kind = MessageKind.Ready },
        };
        await ExpectAsync(TachyonConnectError.NotATachyonServer, async server =>
        {
            using var descriptors = new DescriptorSet();
            server.Send(reply, descriptors.All);

            // Told that it was us, and not a crash.
            Assert.Equal(HandshakeStatus.Failed, (await server.ReceiveAsync(MessageKind.Ready)).Status);
        });
    }

    public static TheoryData<string, string> WrongDescriptors => new()
    {
        { "regular file for memory", "not a memfd" },
        { "pipe for memory", "not a memfd" },
        { "eventfd for memory", "not a memfd" },
        { "directory for memory", "not a memfd" },
        { "device for memory", "not a memfd" },
        { "socket for memory", "not a memfd" },
        { "path only for memory", "not a memfd" },
        { "huge pages for memory", "bytes instead of" },
        { "terabyte of memory", "bytes instead of" },
        { "directory for the lifeline", "descriptor 3 is not a pipe" },
        { "socket for the server's doorbell", "descriptor 1 is not an eventfd" },
        { "unsealed memory", "seals" },
        { "memory sealed against shrinking only", "seals" },
        { "memory sealed against writing", "seals" },
        { "memory sealed against later writing", "seals" },
        { "short memory", "bytes instead of" },
        { "long memory", "bytes instead of" },
        { "memory for the server's doorbell", "descriptor 1 is not an eventfd" },
        { "pipe for the client's doorbell", "descriptor 2 is not an eventfd" },
        { "epoll for the client's doorbell", "descriptor 2 is not an eventfd" },
        { "eventfd for the lifeline", "descriptor 3 is not a pipe" },
        { "three", "3 descriptors came" },
        { "none", "0 descriptors came" },
        { "five", "5 descriptors came" },
    };

    [Theory]
    [MemberData(nameof(WrongDescriptors))]
    public async Task Wrong_descriptors_are_refused(string what, string reason)
        => await ExpectAsync(
            TachyonConnectError.NotATachyonServer,
            async server =>
            {
                using var set = new DescriptorSet();
                var all = set.All;
                server.Send(RawSocket.Reply, what switch
                {
                    "regular file for memory" => [set.RegularFile(_directory.Path), .. all[1..]],
                    "pipe for memory" => [all[3], .. all[1..]],
                    "eventfd for memory" => [all[1], .. all[1..]],
                    "directory for memory" => [set.Opened("/", Libc.ODirectory), .. all[1..]],
                    "device for memory" => [set.Opened("/dev/null", 2), .. all[1..]],
                    "socket for memory" => [set.Socket(), .. all[1..]],
                    "path only for memory" => [set.Opened("/proc/self/exe", 0x200000), .. all[1..]],
                    "huge pages for memory" => [set.HugePages(), .. all[1..]],
                    "terabyte of memory" => [set.Memfd(1L << 40, SharedRegion.RequiredSeals), .. all[1..]],
                    "directory for the lifeline" => [.. all[..3], set.Opened("/", Libc.ODirectory)],
                    "socket for the server's doorbell" => [all[0], set.Socket(), .. all[2..]],
                    "unsealed memory" => [set.Memfd(196_608, 0), .. all[1..]],
                    "memory sealed against shrinking only" => [set.Memfd(196_608, Libc.SealShrink), .. all[1..]],
                    "memory sealed against writing" => [set.Memfd(196_608, SharedRegion.RequiredSeals | Libc.SealWrite), .. all[1..]],
                    "memory sealed against later writing" =>
                        [set.Memfd(196_608, SharedRegion.RequiredSeals | Libc.SealFutureWrite), .. all[1..]],
                    "short memory" => [set.Memfd(196_607, SharedRegion.RequiredSeals), .. all[1..]],
                    "long memory" => [set.Memfd(196_609, SharedRegion.RequiredSeals), .. all[1..]],
                    "memory for the server's doorbell" => [all[0], all[0], .. all[2..]],
                    "pipe for the client's doorbell" => [.. all[..2], all[3], all[3]],
                    "epoll for the client's doorbell" => [.. all[..2], set.Epoll(), all[3]],
                    "eventfd for the lifeline" => [.. all[..3], all[1]],
                    "three" => all[..3],
                    "none" => [],
                    _ => [.. all, all[0]],
                });
                if (what != "none")
                {
                    Assert.Equal(HandshakeStatus.Failed, (await server.ReceiveAsync(MessageKind.Ready)).Status);
                }
            },
            reason);

    [Theory]
    [InlineData(33)]
    [InlineData(250)]
    public async Task More_descriptors_than_there_is_room_for_are_closed(int count)
        => await ExpectAsync(TachyonConnectError.Other, server =>
        {
            using var set = new DescriptorSet();
            server.Send(RawSocket.Reply, [.. Enumerable.Repeat(set.All[1], count)]);
            return Task.CompletedTask;
        });

    [Fact]
    public async Task Good_descriptors_are_taken()
    {
        // So that the refusals above are for their own reason.
        var connecting = client.ConnectAsync(_endPoint);
        using var server = new RawSocket(await _listening.AcceptAsync().Within());
        await server.ReceiveAsync(MessageKind.Hello);
        using (var set = new DescriptorSet())
        {
            server.Send(RawSocket.Reply, set.All);
            Assert.Equal(HandshakeStatus.Ok, (await server.ReceiveAsync(MessageKind.Ready)).Status);
        }

        await server.AssertClosedAsync();
        var outcome = await connecting.Within();
        Assert.Equal(ConnectOutcome.Connected, outcome.Result);
        Assert.Equal(Environment.ProcessId, outcome.ServerProcessId);
    }

    [Fact]
    public async Task Mute_server_times_out()
    {
        var connecting = client.ConnectAsync(_endPoint, TimeSpan.FromMilliseconds(200));
        using var accepted = await _listening.AcceptAsync().Within();

        var outcome = await connecting.Within();
        Assert.Equal(nameof(TachyonConnectError.HandshakeTimeout), outcome.Result);
        Assert.Contains("0.2 s", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempt_can_be_canceled_in_the_middle()
    {
        var connecting = client.ConnectAsync(_endPoint);
        using var server = new RawSocket(await _listening.AcceptAsync().Within());
        await server.ReceiveAsync(MessageKind.Hello);

        client.CancelAll();

        Assert.Contains((await connecting.Within()).Result, new[] { nameof(OperationCanceledException), nameof(TaskCanceledException) });
        await server.AssertClosedAsync();
    }

    private async Task<string> ExpectAsync(TachyonConnectError error, Func<RawSocket, Task> serve, string part = "")
    {
        var connecting = client.ConnectAsync(_endPoint);
        using (var server = new RawSocket(await _listening.AcceptAsync().Within()))
        {
            var hello = await server.ReceiveAsync(MessageKind.Hello);
            Assert.Equal(ReuseClient.Hello, hello);
            await serve(server);
        }

        var outcome = await connecting.Within();
        Assert.Equal(error.ToString(), outcome.Result);
        Assert.Contains(part, outcome.Message, StringComparison.Ordinal);
        Assert.Contains(_endPoint.ToString(), outcome.Message, StringComparison.Ordinal);
        return outcome.Message;
    }
}
