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

    // The server that runs now answers as many as the load has lanes, and more.
    private const int EnoughCalls = 100;

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
                await RestartLoad.ExpectCallsAsync(load, EnoughCalls);
                var successor = await HostProgram.StartAsync(HostRole.Successor, transport, path);
                server.Signal(Signals.Terminate);
                await server.WaitForExitAsync();
                Assert.Equal(0, server.ExitCode);
                await server.DisposeAsync();
                server = successor;
            }

            await RestartLoad.ExpectCallsAsync(load, EnoughCalls);
            load.Send("stop");
            var report = await HostProgram.ResultAsync<RestartReport>(load);
            Assert.Empty(report.WithRetries.Failures);
            Assert.All(
                report.WithoutRetries.Failures,
                static failure => Assert.StartsWith("Unavailable", failure, StringComparison.Ordinal));
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
            await RestartLoad.ExpectCallsAsync(load, EnoughCalls);
            server.Signal(Signals.Terminate);
            await server.WaitForExitAsync();
        }

        load.Send("stop");
        var report = await HostProgram.ResultAsync<RestartReport>(load);
        Assert.NotEmpty(report.WithoutRetries.Failures);
        Figures.Report("calls without retries that a restart of a plain socket failed", report.WithoutRetries.Failures.Count);
        Figures.Report("calls with retries that a restart of a plain socket failed", report.WithRetries.Failures.Count);
    }
}
