using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// Eight users begin handshakes as fast as they can and end none of them. A client of another user connects beside them, and none of its
/// connects fails; its times are reported beside those over Kestrel's Unix socket in the same flood, where a connect fails when the backlog
/// is full.
/// </summary>
[Collection(Serial.Name)]
public sealed class HandshakeFloodTests : IDisposable
{
    private const int Users = 8;
    private const uint FirstUser = 4_000_031;

    private static readonly int s_connects = TestSize.Of(usual: 5, full: 15);

    private readonly TempDirectory _directory = new TempDirectory().OpenToAll();

    public void Dispose() => _directory.Dispose();

    [RequiresTheory(Requires.Root, "setpriv")]
    [FullInlineData(TransportKind.UnixSocket, "Unix socket", false)]
    [InlineData(TransportKind.Adaptive, "users that are not allowed", false)]
    [InlineData(TransportKind.Adaptive, "allowed users", true)]
    public async Task Half_handshakes_of_other_users_fail_no_connect(TransportKind transport, string name, bool allowed)
    {
        var path = _directory.NewSocketPath();
        var settings = Enumerable.Range(0, allowed ? Users : 0).ToDictionary(
            static i => $"Tachyon__AllowedUserIds__{i}", static i => (FirstUser + i).ToString(CultureInfo.InvariantCulture));
        await using var server = await HostProgram.StartAsync(HostRole.Server, transport, path, environment: settings);
        File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        List<ChildProgram> flood = [];
        try
        {
            for (var user = FirstUser; user < FirstUser + Users; user++)
            {
                flood.Add(ChildProgram.Start("Tachyon.TestPeer", ["half-handshakes", path], user));
            }

            foreach (var child in flood)
            {
                Assert.Equal("ready", await child.ReadLineAsync());
            }

            var before = await BegunAsync(flood);
            List<TimeSpan> times = [];
            var failed = 0;
            for (var i = 0; i < s_connects; i++)
            {
                var start = Stopwatch.GetTimestamp();
                while (!await TryCallAsync(transport, path))
                {
                    failed++;
                }

                times.Add(Stopwatch.GetElapsedTime(start));
            }

            var begun = await BegunAsync(flood) - before;
            Assert.True(begun > s_connects, $"The flood had {begun} connects.");
            Assert.True(failed == 0 || transport == TransportKind.UnixSocket, $"{failed} connects failed.");
            Figures.Report($"connects that failed beside {Users} users that flood, {name}", failed);
            ReportedTimes.Report($"connect and first call beside {Users} users that flood, {name}", times);
            Figures.Report($"half handshakes beside them, {name}", begun);
        }
        finally
        {
            foreach (var child in flood)
            {
                child.Kill();
                await child.DisposeAsync();
            }
        }
    }

    private static async Task<bool> TryCallAsync(TransportKind transport, string path)
    {
        using var channel = TestTransport.For(transport).CreateChannel(path);
        try
        {
            await LoadAssert.ServesAsync(channel);
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }

    private static async Task<long> BegunAsync(List<ChildProgram> flood)
    {
        long sum = 0;
        foreach (var child in flood)
        {
            child.Send("count");
            sum += long.Parse((await child.ReadLineAsync())!, CultureInfo.InvariantCulture);
        }

        return sum;
    }
}
