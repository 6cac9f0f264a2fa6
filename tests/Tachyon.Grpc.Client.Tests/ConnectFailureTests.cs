using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Connections;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>Whatever keeps a client from its server: the call is Unavailable, and its detail says why in a sentence.</summary>
public sealed class ConnectFailureTests
{
    [Fact]
    public async Task Path_where_nothing_is()
    {
        using var directory = new TempDirectory();
        await AssertUnavailableAsync(directory.FilePath("s"), directory.FilePath("s"), "does not exist");
    }

    [Fact]
    public async Task Status_detail_has_the_remedy_and_each_sentence_once()
    {
        using var directory = new TempDirectory();
        using var channel = TachyonChannel.ForAddress(directory.FilePath("s"));
        var sentence = $"No server is at 'tachyon://{directory.FilePath("s")}': the socket does not exist. Start the server, check the path, or let the client wait with WaitForServer.";

        var detail = await AssertUnavailableAsync(channel, sentence);

        Assert.Equal(2, detail.Split(sentence).Length);
    }

    [Fact]
    public async Task Detail_of_a_call_to_a_server_of_another_kind_has_each_sentence_once()
    {
        await using var server = await TestServer.StartAsync(TransportKind.UnixSocket);
        using var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });

        var detail = await AssertUnavailableAsync(channel, "Does the server call UseTachyon() and ListenTachyon()?");

        Assert.Equal(2, detail.Split("does not speak the Tachyon handshake").Length);
        Assert.Equal(2, detail.Split(server.Path).Length);
    }

    [Fact]
    public async Task Abstract_name_without_a_listener()
    {
        var name = $"@tachyon-nobody-{Guid.NewGuid():N}";
        await AssertUnavailableAsync(name, $"No server listens at 'tachyon:{name}': nothing has that name");
    }

    [Fact]
    public async Task Socket_that_a_killed_server_left()
    {
        using var directory = new TempDirectory();
        await using (var server = await HostProgram.StartAsync(HostRole.Server, TransportKind.Park, directory.FilePath("s")))
        {
            await server.KillAsync();
        }

        Assert.True(File.Exists(directory.FilePath("s")));
        await AssertUnavailableAsync(directory.FilePath("s"), directory.FilePath("s"), "left over from a server that ended. Start the server");
    }

    [Fact]
    public async Task File_that_is_no_socket()
    {
        using var directory = new TempDirectory();
        await File.WriteAllTextAsync(directory.FilePath("s"), "some text");
        await AssertUnavailableAsync(directory.FilePath("s"), $"What is at 'tachyon://{directory.FilePath("s")}' is not a socket: check the path.");
    }

    [Fact]
    public async Task Path_that_is_too_long()
    {
        using var directory = new TempDirectory();
        await AssertUnavailableAsync(directory.FilePath(new string('x', 200)), "107");
    }

    [Fact]
    public async Task Server_of_another_kind_where_shared_memory_is_required()
    {
        await using var server = await TestServer.StartAsync(TransportKind.UnixSocket);
        using var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });

        var detail = await AssertUnavailableAsync(channel, server.Path);

        Assert.Contains("not a Tachyon server", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_never_answers()
    {
        using var directory = new TempDirectory();
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(directory.FilePath("s")));
        silent.Listen();
        using var channel = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonChannelOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });

        await AssertUnavailableAsync(channel, directory.FilePath("s"), "0.2 s");
    }

    [Fact]
    public async Task Server_that_hangs_up()
    {
        using var directory = new TempDirectory();
        using var rude = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        rude.Bind(new UnixDomainSocketEndPoint(directory.FilePath("s")));
        rude.Listen();
        var hangUp = HangUpAsync();

        await AssertUnavailableAsync(directory.FilePath("s"), directory.FilePath("s"));
        await hangUp.Within("the connection to hang up on");

        async Task HangUpAsync()
        {
            using var socket = await rude.AcceptAsync();
        }
    }

    [Fact]
    public async Task Clients_of_another_kind_that_are_refused_do_not_disturb_the_server()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park, TestServer.TachyonClientsOnly);
        for (var index = 0; index < 20; index++)
        {
            using var channel = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path);
            await CallAssert.FailsAsync(
                new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync,
                "a plain gRPC call to the transport's socket",
                StatusCode.Unavailable,
                StatusCode.Internal);
        }

        using var good = server.CreateChannel();
        await new Echo.EchoClient(good).UnaryAsync(new Payload()).ResponseAsync.Within("a good call after bad ones");
        Assert.Contains(server.Logs.Entries, static entry => entry.Event.Name == "HandshakeFailed");
    }

    [Fact]
    public async Task Silent_clients_do_not_hold_up_others()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park);
        var silent = new List<Socket>();
        try
        {
            for (var index = 0; index < 50; index++)
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                silent.Add(socket);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.Path)).Within("a silent client's connection");
            }

            using var channel = server.CreateChannel();
            await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call beside silent clients");
        }
        finally
        {
            silent.ForEach(static socket => socket.Dispose());
        }

        Assert.Equal(50, silent.Count);
    }

    [Fact]
    public async Task Second_server_at_a_path_is_refused_and_the_first_goes_on()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park);

        var exception = await Assert.ThrowsAsync<IOException>(() => TestServer.StartAtAsync(TransportKind.Park, server.Path));

        Assert.IsType<AddressInUseException>(exception.InnerException);
        using var channel = server.CreateChannel();
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call to the first server");
    }

    [Fact]
    public async Task Server_leaves_a_file_alone_that_is_no_socket()
    {
        using var directory = new TempDirectory();
        await File.WriteAllTextAsync(directory.FilePath("s"), "precious");

        await Assert.ThrowsAsync<IOException>(() => TestServer.StartAtAsync(TransportKind.Park, directory.FilePath("s")));

        Assert.Equal("precious", await File.ReadAllTextAsync(directory.FilePath("s")));
    }

    private static async Task AssertUnavailableAsync(string path, params string[] reasons)
    {
        using var channel = TachyonChannel.ForAddress(path);
        await AssertUnavailableAsync(channel, reasons);
    }

    private static async Task<string> AssertUnavailableAsync(GrpcChannel channel, params string[] reasons)
    {
        var exception = await CallAssert.FailsAsync(
            new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync, "a call that can't connect", StatusCode.Unavailable);
        Assert.All(reasons, reason => Assert.Contains(reason, exception.Status.Detail, StringComparison.Ordinal));
        return exception.Status.Detail;
    }
}
