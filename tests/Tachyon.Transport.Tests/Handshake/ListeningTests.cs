using System.Net.Sockets;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Paths, socket files and their permissions.</summary>
public sealed class ListeningTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Path_that_is_too_long_is_an_error()
    {
        var path = "/tmp/" + new string('x', 103);
        Assert.Equal(108, path.Length);

        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path).Within());
        Assert.Equal(TachyonConnectError.PathTooLong, exception.Error);
        Assert.Contains("107", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new TachyonEndPoint(path));
        Assert.Equal(path[..107], new TachyonEndPoint(path[..107]).Path);
    }

    [Fact]
    public void Longest_path_counts_in_bytes()
    {
        // Two bytes each.
        Assert.Throws<ArgumentException>(() => new TachyonEndPoint("/tmp/" + new string('ä', 52)));
        Assert.Equal(5 + 51, new TachyonEndPoint("/tmp/" + new string('ä', 51)).Path.Length);
    }

    [Fact]
    public async Task Longest_path_works()
    {
        var path = Path.Combine(_directory.Path, new string('x', 107 - _directory.Path.Length - 1));
        Assert.Equal(107, path.Length);
        await using var server = new TestListener(path: path);

        await server.AssertServesAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("/tmp/a\0b")]
    [InlineData("@a\0b")]
    [InlineData("unix:///tmp/a.sock")]
    [InlineData("http://localhost:5000")]
    [InlineData("tachyon://host/a.sock")]
    public void Senseless_paths_are_refused(string path) => Assert.Throws<ArgumentException>(() => new TachyonEndPoint(path));

    [Theory]
    [InlineData("tachyon:///tmp/a.sock", "/tmp/a.sock")]
    [InlineData("tachyon:@name", "@name")]
    [InlineData("http://unix:/tmp/a.sock?tachyon", "/tmp/a.sock")]
    public void Addresses_are_taken_in_the_place_of_paths(string address, string path)
        => Assert.Equal(path, new TachyonEndPoint(address).Path);

    [Fact]
    public void End_points_compare_by_path()
    {
        var endPoint = new TachyonEndPoint("/tmp/x/../a.sock");

        Assert.Equal("/tmp/a.sock", endPoint.Path);
        Assert.Equal(new TachyonEndPoint("/tmp/a.sock"), endPoint);
        Assert.Equal(new TachyonEndPoint("/tmp/a.sock").GetHashCode(), endPoint.GetHashCode());
        Assert.NotEqual(new TachyonEndPoint("/tmp/b.sock"), endPoint);
        Assert.Equal("tachyon:///tmp/a.sock", endPoint.ToString());
        Assert.Equal("tachyon:@name", new TachyonEndPoint("@name").ToString());
        Assert.Equal(AddressFamily.Unix, endPoint.AddressFamily);
        Assert.False(endPoint.IsAbstract);
        Assert.True(new TachyonEndPoint("@name").IsAbstract);
    }

    [Fact]
    public async Task Missing_directory_is_an_error_with_its_path()
    {
        var path = Path.Combine(_directory.Path, "missing", "a.sock");

        var exception = Assert.Throws<DirectoryNotFoundException>(() => TachyonListener.Listen(path));
        Assert.Contains(Path.GetDirectoryName(path)!, exception.Message, StringComparison.Ordinal);
        Assert.Equal(
            TachyonConnectError.ServerNotFound,
            (await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path).Within())).Error);
    }

    [Fact]
    public async Task Missing_server_is_an_error_with_the_remedy()
    {
        var path = _directory.NewSocketPath();
        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path).Within());
        Assert.Equal(TachyonConnectError.ServerNotFound, exception.Error);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);

        // A file on which no process listens; abstract names know "refused" only.
        LeaveStaleSocket(path);
        exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path).Within());
        Assert.Equal(TachyonConnectError.ServerNotFound, exception.Error);
        exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync("@nobody" + path).Within());
        Assert.Equal(TachyonConnectError.ServerNotFound, exception.Error);
    }

    [Fact]
    public async Task Address_of_a_live_server_is_in_use()
    {
        await using var server = new TestListener();

        var exception = Assert.Throws<SocketException>(() => TachyonListener.Listen(server.EndPoint));

        Assert.Equal(SocketError.AddressAlreadyInUse, exception.SocketErrorCode);
        Assert.Contains("another server", exception.Message, StringComparison.Ordinal);
        await server.AssertServesAsync();
    }

    [Fact]
    public async Task Address_of_a_foreign_live_server_is_in_use()
    {
        var path = _directory.NewSocketPath();
        using var foreign = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        foreign.Bind(new UnixDomainSocketEndPoint(path));
        foreign.Listen(1);

        Assert.Throws<SocketException>(() => TachyonListener.Listen(path));

        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path)).Within();
        Assert.True(client.Connected);
    }

    [Fact]
    public void Regular_file_is_left_alone()
    {
        var path = _directory.NewSocketPath();
        File.WriteAllText(path, "precious");

        var exception = Assert.Throws<SocketException>(() => TachyonListener.Listen(path));

        Assert.Equal(SocketError.AddressAlreadyInUse, exception.SocketErrorCode);
        Assert.Contains("not a socket", exception.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public void Link_is_left_alone()
    {
        var target = _directory.NewSocketPath();
        LeaveStaleSocket(target);
        var link = _directory.NewSocketPath();
        File.CreateSymbolicLink(link, target);

        Assert.Throws<SocketException>(() => TachyonListener.Listen(link));

        Assert.True(File.Exists(target));
        Assert.Equal(target, new FileInfo(link).LinkTarget);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_many_servers_that_start_at_once_exactly_one_listens(bool overStaleSocket)
    {
        for (var i = 0; i < 100; i++)
        {
            var path = _directory.NewSocketPath();
            if (overStaleSocket)
            {
                LeaveStaleSocket(path);
            }

            using var start = new Barrier(4);
            var listeners = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    try
                    {
                        return TachyonListener.Listen(path);
                    }
                    catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
                    {
                        return null;
                    }
                },
                TaskCreationOptions.LongRunning))).Within();

            var listener = Assert.Single(listeners, static listener => listener is not null)!;
            await using (var connection = await TachyonConnection.ConnectAsync(path).Within())
            {
                Assert.Equal(path, connection.EndPoint.Path);
            }

            await listener.DisposeAsync().Within();
        }
    }

    [Fact]
    public async Task Stale_socket_of_a_killed_server_is_taken_over()
    {
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("serve", path, argument: "hold");
        peer.Kill();
        await peer.WaitForExitAsync();
        Assert.True(File.Exists(path));

        await using var server = new TestListener(path: path);

        await server.AssertServesAsync();
    }

    [Fact]
    public async Task Socket_file_is_removed_at_stop()
    {
        await using var server = new TestListener();
        Assert.True(File.Exists(server.Path));

        await server.Listener.StopAsync().Within();

        Assert.False(File.Exists(server.Path));
        await server.Listener.StopAsync().Within();
    }

    [Fact]
    public async Task Socket_file_of_a_successor_is_not_removed()
    {
        await using var server = new TestListener();
        File.Delete(server.Path);
        await using var successor = new TestListener(path: server.Path);

        await server.Listener.StopAsync().Within();

        Assert.True(File.Exists(successor.Path));
        await successor.AssertServesAsync();
    }

    [Fact]
    public async Task Abstract_name_needs_no_file()
    {
        var name = $"@tachyon-test-{Guid.NewGuid():N}";
        await using (var server = new TestListener(path: name))
        {
            await server.AssertServesAsync();
            Assert.Equal(
                SocketError.AddressAlreadyInUse,
                Assert.Throws<SocketException>(() => TachyonListener.Listen(name)).SocketErrorCode);
        }

        await using var next = new TestListener(path: name);
        await next.AssertServesAsync();
    }

    [Theory]
    [InlineData(null, "0600")]
    [InlineData("0660", "0660")]
    [InlineData("0666", "0666")]
    [InlineData("0640", "0640")]
    public async Task Socket_file_has_the_mode_of_the_options(string? mode, string expected)
    {
        var options = new TachyonServerOptions();
        if (mode is not null)
        {
            options.SocketMode = (UnixFileMode)Convert.ToInt32(mode, 8);
        }

        await using var server = new TestListener(options);

        Assert.Equal((UnixFileMode)Convert.ToInt32(expected, 8), File.GetUnixFileMode(server.Path));
    }

    [Fact]
    public async Task Client_can_wait_for_its_server()
    {
        var path = _directory.NewSocketPath();
        var connecting = TachyonConnection.ConnectAsync(
            path, new TachyonClientOptions { WaitForServer = Timeout.InfiniteTimeSpan });
        Assert.False(connecting.IsCompleted);

        await using var server = new TestListener(path: path);

        await using var client = await connecting.Within();
        await using var accepted = await server.AcceptAsync();
        Assert.Equal(path, accepted.EndPoint.Path);
    }

    [Fact]
    public async Task Client_waits_no_longer_than_its_limit()
    {
        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(
            _directory.NewSocketPath(), new TachyonClientOptions { WaitForServer = TimeSpan.FromMilliseconds(50) }).Within());

        Assert.Equal(TachyonConnectError.ServerNotFound, exception.Error);
    }

    [Fact]
    public async Task Waiting_for_a_server_can_be_canceled()
    {
        using var source = new CancellationTokenSource();
        var connecting = TachyonConnection.ConnectAsync(
            _directory.NewSocketPath(), new TachyonClientOptions { WaitForServer = Timeout.InfiniteTimeSpan }, source.Token);
        Assert.False(connecting.IsCompleted);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TachyonConnection.ConnectAsync(_directory.NewSocketPath(), null, source.Token).Within());
    }

    [Fact]
    public async Task Live_connections_survive_the_stop_of_their_listener()
    {
        await using var server = new TestListener();
        await using var client = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var accepted = await server.AcceptAsync();

        await server.Listener.DisposeAsync().Within();

        await client.Output.SendPatternAsync(100);
        await accepted.Input.ReceivePatternAsync(100);
        Assert.Null(await server.Listener.AcceptAsync().Within());
    }

    [Fact]
    public async Task Connections_that_were_not_accepted_are_reset_with_their_listener()
    {
        await using var server = new TestListener();
        await using var client = await TachyonConnection.ConnectAsync(server.Path).Within();

        await server.Listener.DisposeAsync().Within();

        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await client.Input.ReadAsync().Within());
    }

    [Fact]
    public async Task Accepting_can_be_canceled()
    {
        await using var server = new TestListener();
        using var source = new CancellationTokenSource();
        var accepting = server.Listener.AcceptAsync(source.Token).AsTask();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.Within());
        await server.AssertServesAsync();
    }

    [Fact]
    public async Task Each_side_sees_the_smaller_ring_of_the_two_wishes()
    {
        await using var server = new TestListener(new TachyonServerOptions { SendRingSize = 131_072, ReceiveRingSize = 524_288 });
        await using var client = await TachyonConnection.ConnectAsync(
            server.Path, new TachyonClientOptions { SendRingSize = 262_144, ReceiveRingSize = 262_144 }).Within();
        await using var accepted = await server.AcceptAsync();

        Assert.Equal(262_144, client.SendRingSize);
        Assert.Equal(131_072, client.ReceiveRingSize);
        Assert.Equal(131_072, accepted.SendRingSize);
        Assert.Equal(262_144, accepted.ReceiveRingSize);
    }

    /// <summary>What a killed server leaves: a socket file on which no process listens.</summary>
    private static void LeaveStaleSocket(string path)
    {
        var other = path + ".x";
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(other));

            // Away from where the runtime would delete it.
            File.Move(other, path);
        }

        Assert.True(File.Exists(path));
    }
}
