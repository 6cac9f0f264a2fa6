using System.Globalization;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// The listening socket was made by another process than the one that serves on it, as with socket activation: SO_PEERCRED then names the
/// maker to every client. The maker's life and death mean nothing; the lifeline tells of the server's.
/// </summary>
public sealed class InheritedSocketTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Server_is_dead_when_it_dies_although_the_named_process_lives()
    {
        (var maker, var server, var connection) = await ConnectAsync();
        await using var disposeMaker = maker;
        await using var disposeConnection = connection;
        await EchoAssert.EchoesAsync(connection);
        OperationOf(connection, out var reading);

        Signals.Send(server, Signals.Kill);

        await Assert.ThrowsAsync<TachyonConnectionResetException>(() => reading.Within("the read from a killed server"));
        Assert.False(maker.HasExited);
        Figures.Report("kills survived", 1);
    }

    [Fact]
    public async Task Server_lives_on_when_the_named_process_dies()
    {
        (var maker, var server, var connection) = await ConnectAsync();
        await using var disposeMaker = maker;
        await using var disposeConnection = connection;

        maker.Kill();

        // Not its end of output: the server shares that with it.
        await Watchdog.Until(() => maker.HasExited, "the end of the maker");

        for (var i = 0; i < 20; i++)
        {
            await EchoAssert.EchoesAsync(connection);
        }

        Assert.False(connection.Closed.IsCancellationRequested);
        await using var another = await TachyonConnection.ConnectAsync(connection.EndPoint.Path).Within();
        Assert.Equal(maker.Id, another.Peer.ProcessId);
        await EchoAssert.EchoesAsync(another);
        Signals.Send(server, Signals.Kill);
        await Watchdog.Until(() => connection.Closed.IsCancellationRequested && another.Closed.IsCancellationRequested);
        Figures.Report("kills survived", 2);
    }

    private static void OperationOf(TachyonConnection connection, out Task<System.IO.Pipelines.ReadResult> reading)
    {
        reading = connection.Input.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);
    }

    private async Task<(ChildProgram Maker, int Server, TachyonConnection Connection)> ConnectAsync()
    {
        var path = _directory.NewSocketPath();
        var maker = ChildProgram.Start("Tachyon.TestPeer", ["make-socket", path]);
        var ready = (await maker.ReadLineAsync())!.Split(' ');
        Assert.Equal("ready", ready[0]);
        var server = int.Parse(ready[1], CultureInfo.InvariantCulture);
        var connection = await TachyonConnection.ConnectAsync(path).Within();

        // What the pid says: not the server.
        Assert.Equal(maker.Id, connection.Peer.ProcessId);
        Assert.NotEqual(maker.Id, server);
        return (maker, server, connection);
    }
}
