using Tachyon.TestHost;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>
/// Server processes follow one another at one path while a client makes calls: with retries none fails. Over Kestrel's own socket
/// each is stopped before the next starts.
/// </summary>
public sealed class RestartUnderLoadTests : IDisposable
{
    private const int RestartsOfPlainSocket = 4;

    private static readonly int s_restarts = TestSize.Of("TACHYON_RESTARTS", usual: 4, full: 50);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportKind.Adaptive)]
    [InlineData(TransportKind.Direct)]
    public async Task Calls_with_retries_outlast_restarts(TransportKind transport)
    {
        var path = _directory.NewSocketPath();
        var server = await HostProgram.StartAsync(HostRole.Successor, transport, path);
        try
        {
            await using var load = await HostProgram.StartAsync(HostRole.RestartLoad, transport, path);
            for (var restart = 0; restart < s_restarts; restart++)
            {
                await ExpectCallsAsync(load);
                var successor = await HostProgram.StartAsync(HostRole.Successor, transport, path);
                server.Signal(Signals.Terminate);
                await server.WaitForExitAsync();
                Assert.Equal(0, server.ExitCode);
                await server.DisposeAsync();
                server = successor;
            }

            await ExpectCallsAsync(load);
            load.Send("stop");
            var report = await HostProgram.ResultAsync<RestartReport>(load);
            Assert.Empty(report.WithRetries.Failures);

            // The deadline ends a stream that HttpClient has moved without its first message (docs/restarting.md).
            Assert.All(
                report.WithoutRetries.Failures,
                static failure => Assert.Matches("^(Unavailable|DeadlineExceeded)", failure));
            Figures.Report("servers restarted under load", s_restarts);
            Figures.Report("calls without retries that a restart failed", report.WithoutRetries.Failures.Count);
            Assert.Equal([path], Directory.GetFiles(_directory.Path));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>
    /// For comparison: a socket of Kestrel that ends removes what is at the path, so each server ends before the next begins.
    /// </summary>
    [Fact]
    public async Task Over_a_plain_socket_calls_fail_between_two_servers()
    {
        var path = _directory.NewSocketPath();
        await using var load = await HostProgram.StartAsync(HostRole.RestartLoad, TransportKind.UnixSocket, path);
        for (var restart = 0; restart < RestartsOfPlainSocket; restart++)
        {
            await using var server = await HostProgram.StartServerAsync(TransportKind.UnixSocket, path);
            await ExpectCallsAsync(load);
            server.Signal(Signals.Terminate);
            await server.WaitForExitAsync();
        }

        load.Send("stop");
        var report = await HostProgram.ResultAsync<RestartReport>(load);
        Assert.NotEmpty(report.WithoutRetries.Failures);
        Figures.Report("calls without retries that a restart of a plain socket failed", report.WithoutRetries.Failures.Count);
        Figures.Report("calls with retries that a restart of a plain socket failed", report.WithRetries.Failures.Count);
    }

    /// <summary>Calls go on: the server that runs now answers as many as the load has lanes, and more.</summary>
    private static async Task ExpectCallsAsync(ChildProgram load)
    {
        const int Enough = 100;
        var first = await CountAsync(load);
        await ReachAsync().Within("further calls of the load");

        async Task ReachAsync()
        {
            while (await CountAsync(load) < first + Enough)
            {
                await Task.Delay(10);
            }
        }
    }

    private static async Task<long> CountAsync(ChildProgram load)
    {
        load.Send("count");
        return await HostProgram.ResultAsync<long>(load);
    }
}
