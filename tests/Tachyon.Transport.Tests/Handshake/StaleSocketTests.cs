using System.Net.Sockets;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>A socket file that is there already: what the error says of it. The other user is a child process, so some tests need
/// root.</summary>
public sealed class StaleSocketTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Socket_of_another_user_that_cannot_be_asked_is_not_called_a_live_server()
    {
        var path = LeaveSocket(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        OpenDirectory(sticky: false);

        await using var server = Peer.StartServer(path, TestUsers.Overflow);

        Assert.StartsWith(
            $"error SocketException: Cannot listen on '{new TachyonEndPoint(path)}': the socket there belongs to user 0 and cannot be asked",
            await server.ReadLineAsync(),
            StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Stale_socket_in_a_sticky_directory_is_an_error_that_names_its_owner()
    {
        var path = LeaveSocket(TestUsers.AllMayConnect);
        OpenDirectory(sticky: true);

        await using var server = Peer.StartServer(path, TestUsers.Overflow);

        var line = await server.ReadLineAsync();
        Assert.Contains("It belongs to user 0, and user '", line, StringComparison.Ordinal);
        Assert.Contains("may not remove it", line, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Stale_socket_of_another_user_is_taken_over_where_it_can_be_asked_and_removed()
    {
        var path = LeaveSocket(TestUsers.AllMayConnect);
        OpenDirectory(sticky: false);

        await using var server = Peer.StartServer(path, TestUsers.Overflow);

        Assert.Equal("ready", await server.ReadLineAsync());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Datagram_socket_is_left_alone()
    {
        var path = _directory.NewSocketPath();
        using var datagrams = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        datagrams.Bind(new UnixDomainSocketEndPoint(path));

        var exception = Assert.Throws<SocketException>(() => TachyonListener.Listen(path));

        Assert.Contains("a socket of another type", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void Server_whose_queue_is_full_is_alive()
    {
        var path = _directory.NewSocketPath();
        using var busy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        busy.Bind(new UnixDomainSocketEndPoint(path));
        busy.Listen(0);
        using var waiting = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        waiting.Connect(new UnixDomainSocketEndPoint(path));

        var exception = Assert.Throws<SocketException>(() => TachyonListener.Listen(path));

        Assert.Contains("its queue of clients is full", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    private void OpenDirectory(bool sticky)
        => File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111 | (sticky ? UnixFileMode.StickyBit : 0));

    private string LeaveSocket(UnixFileMode mode)
    {
        var path = _directory.NewSocketPath();
        SocketFiles.LeaveAt(path);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
