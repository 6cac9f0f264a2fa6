using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>What a server does with clients that are foreign, broken, slow or hostile: it says why, keeps nothing of them, and goes
/// on.</summary>
public sealed class ClientsAtServerTests(HandshakeServer server) : IClassFixture<HandshakeServer>, IAsyncLifetime
{
    private ResourceSnapshot _before = null!;

    public async Task InitializeAsync()
    {
        // Once through everything, so that what the runtime opens on first use is not counted as a leak.
        await AssertServesAsync();
        using (var raw = await RawSocket.ConnectAsync(server.EndPoint))
        {
            await raw.SendAsync("warm up!"u8.ToArray());
            await raw.AssertClosedAsync();
            await server.FailureAsync();
        }

        _before = await server.SettledResourcesAsync();
        server.Ended.Clear();
    }

    public async Task DisposeAsync()
    {
        // After every test: nothing of the client is left, and the next one is served.
        await AssertServesAsync();
        await ResourceSnapshot.AssertReturnedAsync(server.Id, _before, "The server");

        // A test that failed must not fail the next one.
        server.Refused.Clear();
        server.Accepted.Clear();
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002")]
    [InlineData("TACX")]
    public async Task Other_protocol_is_recognized_by_four_bytes(string bytes)
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(Encoding.Latin1.GetBytes(bytes));

        await client.AssertClosedAsync();
        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.NotATachyonClient, failure.Reason);
        Assert.Equal(Environment.ProcessId, failure.ProcessId);
    }

    [Fact]
    public async Task Other_version_is_refused_and_both_sides_name_both()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello with { LowestVersion = 7, HighestVersion = 9 });

        var reply = await client.ReceiveAsync(MessageKind.Reply);
        Assert.Equal(HandshakeStatus.VersionMismatch, reply.Status);
        Assert.Equal(1, reply.LowestVersion);
        Assert.Equal(1, reply.HighestVersion);
        Assert.Equal(0u, reply.Descriptors);
        await client.AssertClosedAsync();
        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.VersionMismatch, failure.Reason);
        Assert.Contains("7 to 9", failure.Message, StringComparison.Ordinal);
        Assert.Contains("version 1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_judged_before_fields_whose_meaning_depends_on_it()
    {
        // A later version may allow rings of other sizes; its client must still learn that the versions are the trouble.
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello with { LowestVersion = 2, HighestVersion = 2, RingSize0 = 1_000, RingSize1 = 0 });

        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.VersionMismatch, failure.Reason);
        Assert.Equal(HandshakeStatus.VersionMismatch, (await client.ReceiveAsync(MessageKind.Reply)).Status);
    }

    [Fact]
    public async Task Range_of_versions_that_holds_ours_is_taken()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello with { LowestVersion = 0, HighestVersion = 9 });

        var reply = await client.ReceiveAsync(MessageKind.Reply);
        Assert.Equal(HandshakeStatus.Ok, reply.Status);
        Assert.Equal(1, reply.HighestVersion);
        await client.SendAsync(RawSocket.Ready);
        await server.AcceptedAsync();
    }

    [Fact]
    public async Task Required_feature_that_is_unknown_is_refused()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello with { Features = 0x8000_0000_0000_0001, RequiredFeatures = 0x8000_0000_0000_0000 });

        Assert.Equal(HandshakeStatus.FeatureMismatch, (await client.ReceiveAsync(MessageKind.Reply)).Status);
        await client.AssertClosedAsync();
        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.VersionMismatch, failure.Reason);
        Assert.Contains("0x8000000000000000", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Optional_feature_that_is_unknown_is_not_granted()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello with { Features = ulong.MaxValue });

        var reply = await client.ReceiveAsync(MessageKind.Reply);
        Assert.Equal(HandshakeStatus.Ok, reply.Status);
        // The other one that is known is not needed between processes of one user.
        Assert.Equal(HandshakeMessage.MemoryReuse, reply.Features);
        await client.SendAsync(RawSocket.Ready);
        await server.AcceptedAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(63)]
    public async Task Truncated_hello_is_a_client_that_left(int bytes)
    {
        using (var client = await RawSocket.ConnectAsync(server.EndPoint))
        {
            if (bytes > 0)
            {
                await client.SendAsync(RawSocket.Bytes(RawSocket.Hello).AsMemory(0, bytes));
            }
        }

        Assert.Equal(TachyonHandshakeFailureReason.ClientGone, (await server.FailureAsync()).Reason);
    }

    [Fact]
    public async Task Hello_may_come_byte_by_byte()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        foreach (var part in RawSocket.Bytes(RawSocket.Hello))
        {
            await client.SendAsync(new byte[] { part });
            await Task.Yield();
        }

        var reply = await client.ReceiveAsync(MessageKind.Reply);
        Assert.Equal(HandshakeStatus.Ok, reply.Status);
        Assert.Equal(65_536ul, reply.RingSize0);
        Assert.Equal(65_536ul, reply.RingSize1);
        Assert.Equal(1u, reply.LayoutVersion);
        Assert.Equal(4u, reply.Descriptors);
        foreach (var part in RawSocket.Bytes(RawSocket.Ready))
        {
            await client.SendAsync(new byte[] { part });
        }

        await server.AcceptedAsync();
        await client.AssertClosedAsync();

        // The kernel dropped the descriptors that were not received here, so this client looks dead.
        Assert.Equal(nameof(TachyonConnectionResetException), await server.EndedAsync());
    }

    public static TheoryData<string> MalformedHellos => ["kind", "length", "ring 0 too small", "ring 0 odd", "ring 1 too large", "ring 1 huge"];

    [Theory]
    [MemberData(nameof(MalformedHellos))]
    public async Task Malformed_hello_is_refused(string what)
    {
        var bytes = RawSocket.Bytes(what switch
        {
            "kind" => RawSocket.Ready,
            "ring 0 too small" => RawSocket.Hello with { RingSize0 = 32_768 },
            "ring 0 odd" => RawSocket.Hello with { RingSize0 = 65_537 },
            "ring 1 too large" => RawSocket.Hello with { RingSize1 = 536_870_912 },
            "ring 1 huge" => RawSocket.Hello with { RingSize1 = ulong.MaxValue },
            _ => RawSocket.Hello,
        });
        bytes[6] = what == "length" ? (byte)128 : bytes[6];
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(bytes);

        await client.AssertClosedAsync();
        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.Malformed, failure.Reason);
        Assert.Contains("malformed", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(200)]
    public async Task Descriptors_of_a_client_are_refused_and_closed(int count)
    {
        using var gift = EventFdDoorbell.Create().Descriptor;
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        if (!client.TrySend(RawSocket.Bytes(RawSocket.Hello), [.. Enumerable.Repeat(gift, count)]))
        {
            // Linux 6.16 does not take them at all; the client may still go on without.
            Assert.Equal(Errno.EPERM, Marshal.GetLastPInvokeError());
            await client.SendAsync(RawSocket.Hello);
            await client.ReceiveAsync(MessageKind.Reply);
            client.Dispose();
            Assert.Equal(TachyonHandshakeFailureReason.ClientGone, (await server.FailureAsync()).Reason);
            return;
        }

        await client.AssertClosedAsync();
        Assert.Equal(TachyonHandshakeFailureReason.Malformed, (await server.FailureAsync()).Reason);
    }

    [Fact]
    public async Task Client_that_leaves_after_the_reply_is_reported()
    {
        using (var client = await RawSocket.ConnectAsync(server.EndPoint))
        {
            await client.SendAsync(RawSocket.Hello);
            await client.ReceiveAsync(MessageKind.Reply);
        }

        Assert.Equal(TachyonHandshakeFailureReason.ClientGone, (await server.FailureAsync()).Reason);
    }

    [Fact]
    public async Task Client_that_can_not_use_the_memory_is_reported()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello);
        await client.ReceiveAsync(MessageKind.Reply);
        await client.SendAsync(RawSocket.Ready with { Status = HandshakeStatus.Failed });

        await client.AssertClosedAsync();
        Assert.Equal(TachyonHandshakeFailureReason.RefusedByClient, (await server.FailureAsync()).Reason);
    }

    [Fact]
    public async Task Malformed_last_message_is_refused()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello);
        await client.ReceiveAsync(MessageKind.Reply);
        await client.SendAsync(RawSocket.Hello);

        await client.AssertClosedAsync();
        Assert.Equal(TachyonHandshakeFailureReason.Malformed, (await server.FailureAsync()).Reason);
    }

    [Fact]
    public async Task Smaller_wish_is_granted()
    {
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello with { RingSize0 = 131_072, RingSize1 = 268_435_456 });

        var reply = await client.ReceiveAsync(MessageKind.Reply);
        Assert.Equal(131_072ul, reply.RingSize0);
        Assert.Equal(1_048_576ul, reply.RingSize1);
        await client.SendAsync(RawSocket.Ready);
        Assert.Equal(new ServedConnection(ReceiveRingSize: 131_072, SendRingSize: 1_048_576), await server.AcceptedAsync());
    }

    private async Task AssertServesAsync()
    {
        await using var client = await TachyonConnection.ConnectAsync(server.EndPoint.Path).Within();
        await server.AcceptedAsync();
        await client.Output.SendPatternAsync(100);
        await client.Input.ReceivePatternAsync(100);
    }
}
