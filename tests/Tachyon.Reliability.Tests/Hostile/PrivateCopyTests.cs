using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// A peer of another user can rewrite the ring whenever it likes, but nothing that was handed over changes: it was copied before. A peer of
/// the same user is read in the shared memory itself, which shows that these tests would see a change.
/// </summary>
public sealed class PrivateCopyTests : IDisposable
{
    private readonly TempDirectory _directory = new TempDirectory().OpenToAll();

    public void Dispose() => _directory.Dispose();

    [RequiresTheory(Requires.Root, "setpriv")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_that_a_reader_was_shown(bool otherUser)
    {
        const int Count = 50_000;
        const int Rewrites = 5_000;
        var path = _directory.NewSocketPath();
        await using var listener = TachyonListener.Listen(path, Options());
        await using var peer = ChildProgram.Start(
            "Tachyon.TestPeer", ["rewriter", path, "Park", Count.ToString(CultureInfo.InvariantCulture)], otherUser ? TestUsers.Overflow : null);
        await using var connection = (await listener.AcceptAsync().Within("the rewriting client"))!;
        var read = await connection.Input.ReadAsync().Within();
        Assert.Equal(Count, read.Buffer.Length);
        Assert.Equal("ready", await peer.ReadLineAsync());

        // Whatever mixture the first copy is.
        var first = read.Buffer.ToArray();
        var start = await RewritesAsync(peer);
        var looks = 0;
        var changed = 0;
        do
        {
            changed += read.Buffer.ToArray().AsSpan().SequenceEqual(first) ? 0 : 1;
            looks++;
        }
        while (looks % 100 != 0 || await RewritesAsync(peer) < start + Rewrites);

        // The memory of a peer of the same user is shared: it would have been seen.
        Assert.Equal(!otherUser, changed > 0);
        Figures.Report(otherUser ? "rewrites by another user, none seen" : "rewrites by the same user", Rewrites);
        connection.Input.AdvanceTo(read.Buffer.End);
    }

    [RequiresTheory(Requires.Root, "setpriv")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_that_kestrel_was_shown(bool otherUser)
    {
        var path = _directory.NewSocketPath();
        StabilityCheck.Reset();
        await using var app = TestApplication.Build(TestTransport.For(TransportKind.Adaptive), path, new TestApplicationOptions
        {
            Listen = static listen => listen.Use(static next => context =>
            {
                context.Transport = new Checked(new StabilityCheck(context.Transport.Input, looks: 50), context.Transport.Output);
                return next(context);
            }),
            Services = services => services.Configure<TachyonTransportOptions>(static options =>
            {
                options.SocketMode = TestUsers.AllMayConnect;
                options.AllowedUserIds.Add(TestUsers.Overflow);
            }),
        });
        await app.StartAsync().Within("the start of the server");
        await using (var peer = ChildProgram.Start("Tachyon.TestPeer", ["rewriting-caller", path], otherUser ? TestUsers.Overflow : null))
        {
            Assert.Equal("ready", await peer.ReadLineAsync());
            await Watchdog.Until(
                () => StabilityCheck.Bytes > 20_000_000 && (otherUser || StabilityCheck.Changed > 0),
                "calls to be read under rewriting");
            Assert.True(await RewritesAsync(peer) > 1_000);
        }

        // The memory of a peer of the same user is shared: it would have been seen.
        Assert.Equal(!otherUser, StabilityCheck.Changed > 0);
        await app.StopAsync().Within("the stop of the server");
    }

    private static TachyonServerOptions Options()
    {
        var options = new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect, WaitMode = TachyonWaitMode.Park };
        options.AllowedUserIds.Add(TestUsers.Overflow);
        return options;
    }

    private static async Task<long> RewritesAsync(ChildProgram peer)
    {
        peer.Send("count");
        return long.Parse(await peer.ReadLineAsync() ?? "", CultureInfo.InvariantCulture);
    }

    private sealed class Checked(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
