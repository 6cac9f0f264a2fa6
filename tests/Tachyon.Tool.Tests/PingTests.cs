using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

public sealed class PingTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Round_trips_over_shared_memory_are_measured()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Adaptive, path);

        var report = (await ToolRun.RunAsync("ping", path, "--count", "200", "--timeout", "60", "--json")).Json();
        var text = await ToolRun.RunAsync("ping", $"tachyon://{path}", "--count", "20", "--mode", "park", "--timeout", "60");

        Assert.Equal($"process {server.Id} of user {Environment.UserName}", report.Text("server"));
        Assert.Equal("HTTP/2 PING", report.Text("kind"));
        AssertPlausible(report, 200);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("20 round trips in us: min ", text.Output, StringComparison.Ordinal);
        Assert.Contains('█', text.Output);
        Assert.DoesNotContain('\u001b', text.Output);
    }

    [Fact]
    public async Task Round_trips_in_direct_mode_are_measured()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Direct, path);

        var report = (await ToolRun.RunAsync("ping", path, "--direct", "--count", "200", "--timeout", "60", "--json")).Json();

        Assert.Equal("PING in direct mode", report.Text("kind"));
        AssertPlausible(report, 200);
    }

    [Fact]
    public async Task Direct_mode_that_is_not_to_be_had_is_reported_with_an_error()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Adaptive, path);

        (await ToolRun.RunAsync("ping", path, "--direct")).AssertFails(1, "does not grant direct mode there");
        (await ToolRun.RunAsync("ping", $"unix://{path}", "--direct")).AssertFails(1, "no address of shared memory");
        (await ToolRun.RunAsync("ping", "http://127.0.0.1:1", "--direct", "--health")).AssertFails(1, "no address of shared memory");
    }

    [Fact]
    public async Task Round_trips_over_an_ordinary_socket_are_measured()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.UnixSocket, path);

        AssertPlausible((await ToolRun.RunAsync("ping", $"unix://{path}", "--count", "50", "--interval", "0.001", "--timeout", "60", "--json")).Json(), 50);
        (await ToolRun.RunAsync("ping", $"unix:{path}", "--health")).AssertFails(1, "has no health service");
    }

    [Theory]
    [InlineData("", "", HealthStatus.Healthy, 0, "")]
    [InlineData("orders", "orders", HealthStatus.Healthy, 0, "")]
    [InlineData("orders", "orders", HealthStatus.Unhealthy, 1, "it does not serve: NOT_SERVING.")]
    [InlineData("orders", "no.such.Service", HealthStatus.Healthy, 1, "does not know the service 'no.such.Service'")]
    public async Task Health_of_a_service_is_asked(string service, string asked, HealthStatus status, int exitCode, string words)
    {
        var path = _directory.NewSocketPath();
        await using var server = HealthServer(path, service, status);
        await server.StartAsync();

        string[] name = asked.Length == 0 ? [] : [asked];
        var run = await ToolRun.RunAsync(["ping", path, "--count", "20", "--warm-up", "1", "--timeout", "60", "--json", "--health", .. name]);

        if (exitCode == 0)
        {
            AssertPlausible(run.Json(), 20);
        }
        else
        {
            run.AssertFails(exitCode, words);
        }
    }

    [Fact]
    public async Task Missing_server_is_reported_with_an_error()
    {
        var path = _directory.NewSocketPath();

        (await ToolRun.RunAsync("ping", path)).AssertFails(1, $"No server is at 'tachyon://{path}': the socket does not exist.");
        (await ToolRun.RunAsync("ping", path, "--health")).AssertFails(1, "the socket does not exist.");
        (await ToolRun.RunAsync("ping", $"unix://{path}")).AssertFails(1, $"No server is at 'unix://{path}': the socket does not exist.");
        (await ToolRun.RunAsync("ping", "http://127.0.0.1:1")).AssertFails(1, "No server listens at 'http://127.0.0.1:1'");
    }

    [Fact]
    public async Task Server_of_an_unknown_protocol_is_reported_with_an_error()
    {
        var mute = _directory.NewSocketPath();
        var echo = _directory.NewSocketPath();
        await using var silent = await Children.PeerAsync("ready", "mute-server", mute);
        await using var parrot = await Children.PeerAsync("ready", "serve", echo, "Park", "echo");

        (await ToolRun.RunAsync("ping", mute, "--timeout", "0.3")).AssertFails(1, "did not answer the handshake within 0.3 s");
        (await ToolRun.RunAsync("ping", echo)).AssertFails(1, "The server does not speak HTTP/2 there.");
    }

    [Fact]
    public async Task Http_1_server_is_reported_with_an_error()
    {
        var path = _directory.NewSocketPath();
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        var run = ToolRun.RunAsync("ping", $"unix://{path}");

        using var client = await listening.AcceptAsync().Within();
        await client.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"));

        (await run).AssertFails(1, "HTTP/1.1");
    }

    [Theory]
    [InlineData(new byte[] { }, "No answer within 5 s, after 0 round trips.")]
    [InlineData(new byte[] { 0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 }, "No answer within 5 s, after 0 round trips.")]
    [InlineData(new byte[] { 0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 }, "The server answered a ping that was not sent.")]
    [InlineData(new byte[] { 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11 }, "The server ends the connection (HTTP/2 error 11).")]
    [InlineData(new byte[] { 0xFF, 0, 0, 0, 0, 0, 0, 0, 0 }, "The server does not speak HTTP/2 there.")]
    public async Task Only_the_answer_to_a_ping_is_a_round_trip(byte[] frame, string words)
    {
        // A server that begins as HTTP/2 does, and then sends this frame instead of an answer.
        var path = _directory.NewSocketPath();
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        var run = ToolRun.RunAsync("ping", $"unix://{path}", "--timeout", "5", "--warm-up", "0");

        using var client = await listening.AcceptAsync().Within();
        byte[] settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        byte[] acknowledgement = [0, 0, 0, 4, 1, 0, 0, 0, 0];
        await client.SendAsync((byte[])[.. settings, .. acknowledgement, .. frame]);

        (await run).AssertFails(1, words);
    }

    [Fact]
    public async Task Server_death_between_two_pings_is_reported_with_an_error()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Park, path);
        await using var ping = EndlessRun.Start("ping", path, "--interval", "0.01", "--count", "1000000");
        await WaitForPingsAsync(ping);

        server.Kill();

        (await ping.ToEndAsync()).AssertFails(1, "The connection was reset");
    }

    [Fact]
    public async Task Interrupted_it_prints_what_it_measured()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Park, path);
        await using var ping = EndlessRun.Start("ping", path, "--interval", "0.01", "--count", "1000000", "--warm-up", "0", "--json");
        await WaitForPingsAsync(ping);

        var run = await ping.InterruptAsync();

        Assert.Equal(130, run.ExitCode);
        var report = run.AnyJson();
        Assert.True(report.Int("count") > 1);
        AssertPlausible(report, report.Int("count"));
    }

    /// <summary>The preface and SETTINGS are less, a few pings of 17 bytes are more.</summary>
    private static Task<JsonElement> WaitForPingsAsync(EndlessRun ping)
        => TopResult.UntilAsync(ping.Id, static connection => connection.GetProperty("toServer").Int("bytes") > 200, "0.05");

    private static void AssertPlausible(JsonElement report, int count)
    {
        Assert.Equal(count, report.Int("count"));
        double[] times = [report.Number("min"), report.Number("p50"), report.Number("p90"), report.Number("p99"), report.Number("max")];
        Assert.Equal(times.Order(), times);
        Assert.True(times[0] > 0);
        Assert.True(report.Number("connect") > 0);
        JsonElement[] buckets = [.. report.GetProperty("histogram").EnumerateArray()];
        Assert.Equal(count, buckets.Sum(static bucket => bucket.Int("count")));
        Assert.True(buckets[0].Number("from") <= times[0] && times[^1] < buckets[^1].Number("to"));
    }

    /// <summary>A server with this one service; the health of the server itself depends on no other check.</summary>
    private static WebApplication HealthServer(string path, string service, HealthStatus status)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(
            static kestrel => kestrel.ConfigureEndpointDefaults(static listen => listen.Protocols = HttpProtocols.Http2));
        builder.WebHost.UseTachyon();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(path));
        builder.Services.AddGrpc();
        builder.Services
            .AddGrpcHealthChecks(health => health.Services.Map(service, static _ => true))
            .AddCheck("condition", () => new HealthCheckResult(status));
        var server = builder.Build();
        server.MapGrpcHealthChecksService();
        return server;
    }
}
