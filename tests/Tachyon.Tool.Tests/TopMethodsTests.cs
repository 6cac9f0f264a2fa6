using System.Text.Json;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Commands.Top;
using Tachyon.Tool.Commands.Top.Methods;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

/// <summary>'tachyon top --methods': what .NET servers tell of their calls.</summary>
[Trait("Category", "Long")]
public sealed class TopMethodsTests : IDisposable
{
    private const string UnaryPath = "/tachyon.test.Echo/Unary";
    private const string Interval = "0.25";

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportKind.Adaptive)]
    [InlineData(TransportKind.Direct)]
    public async Task Methods_that_are_called_have_their_figures_in_every_look(TransportKind transport)
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(transport, path);
        await using var client = await LoadAsync(transport, path);
        await using var top = EndlessRun.Start("top", "--json", "--methods", "--interval", Interval, "--path", path);

        for (var look = 0; look < 3; look++)
        {
            AssertUnary(JsonDocument.Parse((await top.ReadLineAsync())!).RootElement, server.Id);
        }

        Assert.Equal("", (await top.InterruptAsync()).Errors);
    }

    [Fact]
    public async Task Two_looks_at_the_same_time_both_see_them()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Direct, path);
        await using var client = await LoadAsync(TransportKind.Direct, path);

        var looks = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => LookAsync("--path", path)));

        Assert.All(looks, look => AssertUnary(look, server.Id));
    }

    [Fact]
    public async Task Text_for_people_has_the_same()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Direct, path);
        await using var client = await LoadAsync(TransportKind.Direct, path);

        var run = await ToolRun.RunAsync("top", "--once", "--methods", "--interval", Interval, "--path", path);

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(
            $@"\nMethod +HTTP +Status +Calls/s +p50 +p95 +p99\n(/tachyon.*\n)*{UnaryPath} Tachyon\.TestHost {server.Id} +2 +200 +[\d,]+ +\d.* [um]s +\d.* m?u?s +\d.* m?u?s\n",
            run.Output);
    }

    [Fact]
    public async Task A_server_without_diagnostics_is_named_and_its_connections_are_shown()
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartAsync(
            HostRole.Server, TransportKind.Adaptive, path, environment: [KeyValuePair.Create("DOTNET_EnableDiagnostics", "0")]);
        using var channel = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within();

        var look = await LookAsync("--path", path);

        Assert.Empty(look.GetProperty("methods").EnumerateArray());
        Assert.Single(look.Of(server.Id));
        var expected = $"The methods of process {server.Id} can't be seen: it has no diagnostic port";
        Assert.Contains(
            look.GetProperty("unseen").GetProperty("messages").EnumerateArray(),
            message => message.GetString()!.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Methods_are_not_measured_unless_asked_for()
        => Assert.Equal(JsonValueKind.Null, (await TopResult.LookAsync("0.05")).GetProperty("methods").ValueKind);

    [Theory]
    [InlineData("http.request.method=POST,http.route=/a.B/C,http.response.status_code=200,network.protocol.version=2", "/a.B/C", "2", "200")]
    [InlineData("http.response.status_code=404,network.protocol.version=1.1", null, "1.1", "404")]
    [InlineData("http.route=/{id:regex(a=b,c)},url.scheme=http", "/{id:regex(a=b,c)}", null, null)]
    [InlineData("http.route=evil\u001b[2J,url.scheme=http", "evil?[2J", null, null)]
    [InlineData("", null, null, null)]
    [InlineData(",=,=", null, null, null)]
    public void Tags_are_read(string tags, string? method, string? version, string? status)
    {
        var report = new MethodFigures(tags, "0.5=0.001;0.95=0.002;0.99=oops", 50).Report(new ProcessReport(1, "name", 0, "root"), 0.5);

        Assert.Equal(method, report.Method);
        Assert.Equal(version, report.HttpVersion);
        Assert.Equal(status, report.HttpStatus);
        Assert.Equal(100, report.CallsPerSecond);
        Assert.Equal(0.001, report.P50Seconds);
        Assert.Equal(0.002, report.P95Seconds);
        Assert.Null(report.P99Seconds);
    }

    private static async Task<JsonElement> LookAsync(params string[] arguments)
        => (await ToolRun.RunAsync(["top", "--once", "--json", "--methods", "--interval", Interval, .. arguments])).Json();

    private static void AssertUnary(JsonElement look, int server)
    {
        var method = Assert.Single(look.GetProperty("methods").EnumerateArray(), static method => method.Text("method") == UnaryPath);
        Assert.Equal(server, method.GetProperty("process").Int("processId"));
        Assert.Equal("2", method.Text("httpVersion"));
        Assert.Equal("200", method.Text("httpStatus"));
        Assert.True(method.Number("callsPerSecond") > 0, $"{method}");
        Assert.InRange(method.Number("p50Seconds"), double.Epsilon, method.Number("p99Seconds"));
    }

    /// <summary>A client that makes calls all the time, the first of which, of a cold server, have ended.</summary>
    private static async Task<ChildProgram> LoadAsync(TransportKind transport, string path)
    {
        var client = await HostProgram.StartAsync(HostRole.RestartLoad, transport, path);
        await RestartLoad.ExpectCallsAsync(client, 20);
        return client;
    }
}
