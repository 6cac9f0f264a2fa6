using System.Globalization;
using System.IO.Pipelines;
using Tachyon.TestPeer;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>A client that keeps the memory of connections that have ended. The server filled it, so its pages are charged to the
/// server.</summary>
public sealed class KeptMemoryTests : IDisposable
{
    private const uint Hoarder = 4_000_011;
    private const int Rounds = 300;
    private const int RegionSize = (64 + 64 + 64) * 1024;

    private readonly TempDirectory _directory = new TempDirectory().OpenToAll();

    public void Dispose() => _directory.Dispose();

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Client_that_keeps_the_memory_of_each_connection_occupies_no_more_than_one()
    {
        var path = _directory.NewSocketPath();
        await using var listener = Listen(path);
        var serving = ServeAsync(listener);
        using var stop = new CancellationTokenSource();
        var honest = EchoAsync(path, stop.Token);
        await using (var hoarder = ChildProgram.Start(
            "Tachyon.TestPeer", ["hoard-memory", path, "Park", Rounds.ToString(CultureInfo.InvariantCulture)], Hoarder))
        {
            var filled = await NumberAsync(hoarder);
            Assert.Equal(Rounds * 64L * 1024, filled);
            var occupied = await OccupiedAsync(hoarder);
            Assert.InRange(occupied, 0, RegionSize);
            Figures.Report("bytes that a client made the server write into memory that it kept", filled);
            Figures.Report("bytes of it that were still there", occupied);
        }

        await stop.CancelAsync();
        Assert.True(await honest.Within("the honest client beside it") > 0);
        await listener.StopAsync().Within();
        await serving.Within("the accept loop");
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Place_of_a_connection_is_free_when_the_client_has_let_go()
    {
        var path = _directory.NewSocketPath();
        await using var listener = Listen(path);
        await using var keeper = ChildProgram.Start("Tachyon.TestPeer", ["keep-lifeline", path, "Park"], Hoarder);
        await using (var connection = (await listener.AcceptAsync().Within("the client that keeps its lifeline"))!)
        {
            Assert.Equal("connected", await keeper.ReadLineAsync());
            connection.Abort();
        }

        // Ended here, but not there.
        await using (var second = ChildProgram.Start("Tachyon.TestPeer", ["raw-hello", path], Hoarder))
        {
            Assert.Equal("LimitReached with 0 descriptors", await second.ReadLineAsync());
        }

        // Another user has places of its own.
        await using (var own = await TachyonConnection.ConnectAsync(path).Within())
        {
            await using var accepted = (await listener.AcceptAsync().Within())!;
        }

        keeper.Kill();
        await keeper.WaitForExitAsync();
        var next = listener.AcceptAsync().AsTask();
        await using var third = ChildProgram.Start("Tachyon.TestPeer", ["keep-lifeline", path, "Park"], Hoarder);
        await using var taken = (await next.Within("a client of the same user after the first has gone"))!;
        Assert.Equal(Hoarder, taken.Peer.UserId);
    }

    private static TachyonListener Listen(string path)
    {
        var options = new TachyonServerOptions
        {
            SocketMode = (UnixFileMode)0b110_110_110,
            WaitMode = TachyonWaitMode.Park,
            MaxConnectionsPerUser = 1,
        };
        options.AllowedUserIds.Add(Hoarder);
        return TachyonListener.Listen(path, options);
    }

    private static async Task ServeAsync(TachyonListener listener)
    {
        while (await listener.AcceptAsync() is { } connection)
        {
            _ = UseAsync(connection);
        }
    }

    private static async Task UseAsync(TachyonConnection connection)
    {
        try
        {
            if (connection.Peer.IsOwnUser)
            {
                await Traffic.EchoAsync(connection);
            }
            else
            {
                // Fills the ring, which the client does not read.
                using var ended = connection.Closed.UnsafeRegister(_ => connection.Abort(), null);
                await Traffic.SendAsync(connection.Output, long.MaxValue, seed: 1);
            }
        }
        finally
        {
            connection.Abort();
            await connection.DisposeAsync();
        }
    }

    private static async Task<int> EchoAsync(string path, CancellationToken stop)
    {
        const int Size = 20_000;
        await using var connection = await TachyonConnection.ConnectAsync(
            path, cancellationToken: CancellationToken.None).Within();
        var rounds = 0;
        for (; !stop.IsCancellationRequested; rounds++)
        {
            await Traffic.SendAsync(connection.Output, Size, rounds).Within("an honest write beside an attack");
            for (long received = 0; received < Size;)
            {
                var read = await connection.Input.ReadAsync(CancellationToken.None).Within("an honest echo beside an attack");
                BytePattern.Check(read.Buffer, received, rounds);
                received += read.Buffer.Length;
                connection.Input.AdvanceTo(read.Buffer.End);
                Assert.False(read.IsCompleted, "The honest connection ended.");
            }
        }

        return rounds;
    }

    private static async Task<long> OccupiedAsync(ChildProgram hoarder)
    {
        hoarder.Send("occupied");
        return await NumberAsync(hoarder);
    }

    private static async Task<long> NumberAsync(ChildProgram hoarder)
        => long.Parse(
            await hoarder.ReadLineAsync(TimeSpan.FromMinutes(1)) ?? throw new InvalidOperationException(hoarder.Errors),
            CultureInfo.InvariantCulture);
}
