using Microsoft.Extensions.Logging;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>The log of the server tells a client that aborted from one whose process ended.</summary>
public sealed class PeerCloseLogTests
{
    [Fact]
    public async Task Client_that_aborts_is_a_reset()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park);
        await using (var client = await TachyonConnection.ConnectAsync(server.Path).Within("the connection"))
        {
            await Watchdog.Until(() => Has(server, 1), "the log of the accepted connection");
            client.Abort();
            await Watchdog.Until(() => Has(server, 19), "the log of the reset");
        }

        AssertOnly(server, 19, "reset.");
    }

    [Fact]
    public async Task Killed_client_process_is_logged_as_ended()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park);
        await using (var client = await HostProgram.StartAsync(HostRole.Client, TransportKind.Park, server.Path))
        {
            await client.KillAsync();
            await Watchdog.Until(() => Has(server, 108), "the log of the ended process");
        }

        AssertOnly(server, 108, "reset: the process of the client ended.");
    }

    [Fact]
    public async Task Callback_of_connection_closed_that_throws_is_logged_and_ends_nothing()
    {
        var registered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(TransportKind.Park, new TestApplicationOptions
        {
            Listen = listen => listen.Use(next => connection =>
            {
                if (!registered.Task.IsCompleted)
                {
                    connection.ConnectionClosed.Register(static () => throw new InvalidTimeZoneException());
                    registered.TrySetResult();
                }

                return next(connection);
            }),
        });
        server.ExpectedErrors = [103];
        await using (var client = await TachyonConnection.ConnectAsync(server.Path).Within("the connection"))
        {
            await registered.Task.Within("the registration of the callback");
        }

        await Watchdog.Until(() => Has(server, 103), "the log of the callback");
        var line = Assert.Single(Of(server, 103));
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains("a callback of ConnectionClosed threw.", line.Message, StringComparison.Ordinal);
        await using var next = await TachyonConnection.ConnectAsync(server.Path).Within("another connection");
    }

    private static bool Has(TestServer server, int id) => Of(server, id).Any();

    private static IEnumerable<CapturedLog> Of(TestServer server, int id)
        => server.Logs.Entries.Where(entry => entry.Category == "Tachyon.AspNetCore" && entry.Event.Id == id);

    private static void AssertOnly(TestServer server, int id, string ending)
    {
        var line = Assert.Single(Of(server, id));
        Assert.Equal(LogLevel.Debug, line.Level);
        Assert.EndsWith(ending, line.Message, StringComparison.Ordinal);
        Assert.All((int[])[6, 19, 108], other => Assert.Equal(other == id, Has(server, other)));
    }
}
