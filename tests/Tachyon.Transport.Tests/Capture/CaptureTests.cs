using System.Net.Sockets;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport.Tests.Capture;

/// <summary>Captures over the socket of a listener in this process. One class, since a process has one capture at a time.</summary>
public sealed class CaptureTests
{
    private const byte Fin = 0x01;
    private const byte Syn = 0x02;
    private const byte Rst = 0x04;
    private const int AllBytes = int.MaxValue;

    [Fact]
    public async Task Both_directions_are_captured_from_SYN_to_FIN()
    {
        await using var server = new TestListener();
        using var capture = await BeginAsync(server);
        await using (var client = await TachyonConnection.ConnectAsync(server.Path).Within())
        await using (var accepted = await server.AcceptAsync())
        {
            await client.Output.SendPatternAsync(1000);
            await accepted.Input.ReceivePatternAsync(1000);
            await accepted.Output.SendPatternAsync(300, seed: 1);
            await client.Input.ReceivePatternAsync(300, seed: 1);
            await client.Output.CompleteAsync();
            await accepted.Input.AssertEndAsync();
            await accepted.Output.CompleteAsync();
        }

        var packets = await EndAsync(capture);

        Assert.Equal(
            [(true, 0u, 0u, Syn), (false, 0u, 1u, Syn), (true, 1u, 1u, 0)],
            packets.Take(3).Select(static packet => (packet.ToServer, packet.Sequence, packet.Acknowledgment, (byte)(packet.Flags & Syn))));
        Assert.Contains($"tachyon://{server.Path}: server process {Environment.ProcessId} ", packets[0].Comment, StringComparison.Ordinal);
        Assert.Equal(BytePattern.Make(1000, 0, 0), Bytes(packets, toServer: true));
        Assert.Equal(BytePattern.Make(300, 0, 1), Bytes(packets, toServer: false));
        var answer = packets.First(static packet => !packet.ToServer && packet.Length > 0);
        Assert.Equal((1u, 1001u), (answer.Sequence, answer.Acknowledgment));
        Assert.Equal(
            [(true, 1001u, 301u), (false, 301u, 1002u)],
            packets.Where(static packet => (packet.Flags & Fin) != 0)
                .Select(static packet => (packet.ToServer, packet.Sequence, packet.Acknowledgment)));
    }

    [Fact]
    public async Task A_reset_is_captured_as_RST()
    {
        await using var server = new TestListener();
        using var capture = await BeginAsync(server);
        await using var client = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var accepted = await server.AcceptAsync();
        accepted.Abort();
        await Assert.ThrowsAsync<TachyonConnectionResetException>(() => client.Input.ReadAsync().Within());

        var last = (await EndAsync(capture))[^1];

        Assert.Equal((false, Rst), (last.ToServer, (byte)(last.Flags & (Rst | Fin))));
    }

    [Fact]
    public async Task A_connection_that_exists_is_captured_with_the_numbers_of_its_bytes()
    {
        await using var server = new TestListener();
        await using var client = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var accepted = await server.AcceptAsync();
        await client.Output.SendPatternAsync(500);
        await accepted.Input.ReceivePatternAsync(500);
        using var capture = await BeginAsync(server);
        await client.Output.SendPatternAsync(10, position: 500);
        await accepted.Input.ReceivePatternAsync(10, position: 500);

        var packets = await EndAsync(capture);

        Assert.EndsWith(" The capture began when 500 bytes to the server and 0 to the client had passed.", packets[0].Comment, StringComparison.Ordinal);
        var data = Assert.Single(packets, static packet => packet.Length > 0);
        Assert.Equal(501u, data.Sequence);
        Assert.Equal(BytePattern.Make(10, 500, 0), data.Payload);
    }

    [Fact]
    public async Task A_receiver_that_does_not_read_loses_packets_and_holds_up_no_connection()
    {
        const int Bytes = 40 * 1024 * 1024;
        await using var server = new TestListener();
        using var capture = await BeginAsync(server);
        await using var client = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var accepted = await server.AcceptAsync();
        for (var sent = 0; sent < Bytes; sent += 65_536)
        {
            await client.Output.SendPatternAsync(65_536, sent);
            await accepted.Input.ReceivePatternAsync(65_536, sent);
        }

        // With room again, the next packet says how many are missing.
        var begin = await capture.ReceiveAnyAsync(4 * 1024 * 1024);
        await client.Output.SendPatternAsync(1000, Bytes);
        await accepted.Input.ReceivePatternAsync(1000, Bytes);
        var packets = await EndAsync(capture, begin);

        var data = packets.Where(static packet => packet.Length > 0).ToList();
        Assert.InRange(data.Sum(static packet => (long)packet.Length), 1, Bytes - 1);
        Assert.True(data[^1].Dropped > 0, "Nothing was dropped.");
        Assert.Equal(Bytes + 1u, data[^1].Sequence);

        // What is there is right, and in its place.
        Assert.All(data, static packet => Assert.Equal(BytePattern.Make(packet.Length, packet.Sequence - 1, 0), packet.Payload));
    }

    [Fact]
    public async Task Snap_length_limits_what_is_kept_of_a_packet()
    {
        await using var server = new TestListener();
        using var capture = await BeginAsync(server, snapLength: 50);
        await using var client = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var accepted = await server.AcceptAsync();
        await client.Output.SendPatternAsync(1000);
        await accepted.Input.ReceivePatternAsync(1000);

        var data = Assert.Single(await EndAsync(capture), static packet => packet.Length > 0);

        Assert.Equal(1000, data.Length);
        Assert.Equal(BytePattern.Make(10, 0, 0), data.Payload);
    }

    [Fact]
    public async Task A_process_has_one_capture_at_a_time()
    {
        await using var server = new TestListener();
        using var capture = await BeginAsync(server);
        using var second = await RawSocket.ConnectAsync(server.EndPoint);
        await second.SendAsync(new CaptureRequest(false, null, AllBytes).ToMessage());

        Assert.Equal(HandshakeStatus.CaptureRunning, (await second.ReceiveAsync(MessageKind.Reply)).Status);
        Assert.Equal(TachyonHandshakeFailureReason.LimitReached, (await server.FailureAsync()).Reason);
        await EndAsync(capture);
        using var third = await BeginAsync(server);
        await EndAsync(third);
        await server.AssertServesAsync();
    }

    [Fact]
    public async Task A_server_that_forbids_captures_refuses_them()
    {
        await using var server = new TestListener(new TachyonServerOptions { AllowCapture = false });
        using var socket = await RawSocket.ConnectAsync(server.EndPoint);
        await socket.SendAsync(new CaptureRequest(false, null, AllBytes).ToMessage());

        Assert.Equal(HandshakeStatus.CaptureNotAllowed, (await socket.ReceiveAsync(MessageKind.Reply)).Status);
        Assert.Contains("AllowCapture", (await server.FailureAsync()).Message, StringComparison.Ordinal);
        await server.AssertServesAsync();
    }

    [Fact]
    public async Task A_request_of_another_version_is_refused()
    {
        await using var server = new TestListener();
        using var socket = await RawSocket.ConnectAsync(server.EndPoint);
        await socket.SendAsync(new CaptureRequest(false, null, AllBytes).ToMessage() with { LowestVersion = 2, HighestVersion = 3 });

        Assert.Equal(HandshakeStatus.VersionMismatch, (await socket.ReceiveAsync(MessageKind.Reply)).Status);
        Assert.Equal(TachyonHandshakeFailureReason.VersionMismatch, (await server.FailureAsync()).Reason);
    }

    [Fact]
    public async Task Begin_and_end_are_reported()
    {
        var changes = System.Threading.Channels.Channel.CreateUnbounded<TachyonCaptureStatus>();
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        var settings = new TachyonListenerSettings { CaptureChanged = status => changes.Writer.TryWrite(status) };
        await using var listener = TachyonListener.Listen(path, null, settings);
        using var capture = await BeginAsync(listener.EndPoint, AllBytes);
        await EndAsync(capture);

        var begin = await changes.Reader.ReadAsync().Within();
        var end = await changes.Reader.ReadAsync().Within();
        Assert.True(begin.IsRunning);
        Assert.Equal(path, begin.Path);
        Assert.Contains($"process {Environment.ProcessId} ", begin.Target, StringComparison.Ordinal);
        Assert.False(end.IsRunning);
        Assert.Null(end.Error);
    }

    private static Task<RawSocket> BeginAsync(TestListener server, int snapLength = AllBytes) => BeginAsync(server.EndPoint, snapLength);

    private static async Task<RawSocket> BeginAsync(TachyonEndPoint endPoint, int snapLength)
    {
        var socket = await RawSocket.ConnectAsync(endPoint);
        await socket.SendAsync(new CaptureRequest(false, null, snapLength).ToMessage());
        Assert.Equal(HandshakeStatus.Ok, (await socket.ReceiveAsync(MessageKind.Reply)).Status);
        return socket;
    }

    /// <summary>Asks for the end, and reads all.</summary>
    /// <param name="capture">The socket of the capture.</param>
    /// <param name="begin">What was read before.</param>
    private static async Task<List<CapturedPacket>> EndAsync(RawSocket capture, byte[]? begin = null)
    {
        capture.Shutdown(SocketShutdown.Send);
        return CapturedPackets.Parse([.. begin ?? [], .. await capture.ReceiveAnyAsync(64 * 1024 * 1024)]);
    }

    private static byte[] Bytes(List<CapturedPacket> packets, bool toServer)
        => [.. packets.Where(packet => packet.ToServer == toServer).SelectMany(static packet => packet.Payload)];
}
