using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>Clients beyond a limit: an error that says so, one warning however many they are, and room again when others have
/// gone.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task Clients_beyond_the_maximum_get_an_error_and_one_log_entry()
    {
        const int Refused = 40;
        await using var server = await TestServer.StartAsync(TransportKind.Park, new TestApplicationOptions
        {
            Services = services => services.Configure<TachyonTransportOptions>(static options => options.MaxConnections = 1),
        });
        using (var inside = server.CreateChannel())
        {
            await new Echo.EchoClient(inside).UnaryAsync(Content.Create(1, 10)).ResponseAsync.Within("a call");
            for (var i = 0; i < Refused; i++)
            {
                using var outside = server.CreateChannel();
                var exception = await Assert.ThrowsAsync<RpcException>(
                    () => new Echo.EchoClient(outside).UnaryAsync(new Payload()).ResponseAsync.Within("a refused call"));
                Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
                Assert.Contains("limit", exception.Status.Detail, StringComparison.Ordinal);
            }

            await new Echo.EchoClient(inside).UnaryAsync(Content.Create(2, 10)).ResponseAsync.Within("a call of who is in");
        }

        var warning = Assert.Single(server.Logs.Entries, static entry => entry is { Category: "Tachyon.AspNetCore", Level: >= LogLevel.Warning });
        Assert.Equal(104, warning.Event.Id);
        Assert.Contains(nameof(TachyonServerOptions.MaxConnections), warning.Message, StringComparison.Ordinal);
        await Watchdog.Until(() => CanCall(server), "room for another client");
    }

    private static bool CanCall(TestServer server)
    {
        using var channel = server.CreateChannel();
        try
        {
            new Echo.EchoClient(channel).Unary(new Payload());
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
        {
            // The server has not seen yet that the first client has gone.
            return false;
        }
    }
}
