using System.Text.Json;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

public sealed class DoctorTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_machine_that_runs_the_tests_has_no_problem()
    {
        var report = (await ToolRun.RunAsync("doctor", "--json")).Json();

        Assert.Equal(0, report.Int("problems"));
        string[] checks = [.. report.GetProperty("findings").EnumerateArray().Select(static finding => finding.Text("check")!)];
        string[] expected =
        [
            "architecture", "kernel", "memfd with seals", "MFD_NOEXEC_SEAL", "F_SEAL_FUTURE_WRITE", "eventfd", "epoll", "SO_PEERGROUPS", "a connection",
            "open files", "vm.max_map_count", "net.core.somaxconn", "memory", "cores", "load", "kernel.yama.ptrace_scope",
        ];
        Assert.Equal(expected, checks);
        Assert.Equal("ok", Finding(report, "a connection").Text("state"));
        Assert.Contains(Environment.ProcessorCount.ToString(), Finding(report, "cores").Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_output_equals_the_json_and_ends_with_a_count()
    {
        var run = await ToolRun.RunAsync("doctor");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("memfd with seals", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.DoesNotContain(" \n", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(Everything is fine\.|0 problems, \d+ warnings?\.)$", run.Output);
    }

    [RequiresFact("prlimit")]
    public async Task Few_open_files_are_a_warning_with_advice()
    {
        var report = (await ToolRun.RunAsync(["doctor", "--json"], wrapper: ["prlimit", "--nofile=512:512"])).Json();

        var finding = Finding(report, "open files");
        Assert.Equal("warning", finding.Text("state"));
        Assert.StartsWith("512: room for about 70 connections", finding.Text("message"), StringComparison.Ordinal);
        Assert.Contains("LimitNOFILE=", finding.Text("advice"), StringComparison.Ordinal);
    }

    [RequiresFact("taskset")]
    public async Task One_core_is_a_warning_with_advice()
    {
        var report = (await ToolRun.RunAsync(["doctor", "--json"], wrapper: ["taskset", "-c", "0"])).Json();

        var finding = Finding(report, "cores");
        Assert.Equal("warning", finding.Text("state"));
        Assert.Contains("WaitMode Park", finding.Text("advice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_answers_is_fine()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");

        var report = (await ToolRun.RunAsync("doctor", path, "--json")).Json();

        Assert.Equal("ok", Finding(report, "socket").Text("state"));
        Assert.Contains("mode 0600", Finding(report, "socket").Text("message"), StringComparison.Ordinal);
        Assert.Equal("ok", Finding(report, "answer").Text("state"));
        Assert.Contains($"a Tachyon server, process {server.Id} of user {Environment.UserName}", Finding(report, "answer").Text("message"), StringComparison.Ordinal);
        Assert.Contains("rings of 64 and 64 KiB", Finding(report, "answer").Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_without_tachyon_is_a_warning()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.UnixSocket, path);

        var report = (await ToolRun.RunAsync("doctor", path, "--json")).Json();

        Assert.Equal("warning", Finding(report, "answer").Text("state"));
        Assert.Contains("an HTTP/2 server without Tachyon", Finding(report, "answer").Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_a_problem()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "mute-server", path);

        var finding = await ProblemAsync(path, "answer");

        Assert.Contains("did not answer the handshake", finding.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_at_the_path_is_a_problem()
        => Assert.Contains("does not exist", (await ProblemAsync(_directory.NewSocketPath(), "socket")).Text("message"), StringComparison.Ordinal);

    [Fact]
    public async Task A_file_that_is_no_socket_is_a_problem()
    {
        var path = _directory.FilePath("file");
        await File.WriteAllTextAsync(path, "");

        Assert.Contains("is not a socket", (await ProblemAsync(path, "socket")).Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("tachyon:{0}")]
    [InlineData("tachyon://{0}")]
    [InlineData("unix:{0}")]
    [InlineData("unix://{0}")]
    public async Task Every_form_of_the_address_of_a_path_is_taken(string form)
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");

        var report = (await ToolRun.RunAsync("doctor", string.Format(null, form, path), "--json")).Json();

        Assert.StartsWith($"{path}: mode 0600", Finding(report, "socket").Text("message"), StringComparison.Ordinal);
        Assert.StartsWith("a Tachyon server", Finding(report, "answer").Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("tachyon:{0}")]
    [InlineData("unix:{0}")]
    public async Task An_abstract_name_is_taken_by_doctor_and_ping(string form)
    {
        var name = $"@tachyon-tool-{Guid.NewGuid():N}";
        var address = string.Format(null, form, name);
        var missing = await ProblemAsync(address, "answer");
        Assert.Contains("network namespace", missing.Text("advice"), StringComparison.Ordinal);
        await using var server = await Children.GrpcServerAsync(TransportKind.Park, name);

        var report = (await ToolRun.RunAsync("doctor", address, "--json")).Json();
        var ping = (await ToolRun.RunAsync("ping", address, "--count", "5", "--json")).Json();

        Assert.Contains("abstract name", Finding(report, "socket").Text("message"), StringComparison.Ordinal);
        Assert.StartsWith("a Tachyon server", Finding(report, "answer").Text("message"), StringComparison.Ordinal);
        Assert.Equal(5, ping.Int("count"));
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task User_without_permission_is_a_finding()
    {
        var path = _directory.OpenToAll().NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");

        var run = await ToolRun.RunAsync(["doctor", path, "--json"], user: TestUsers.Overflow);

        Assert.Equal(1, run.ExitCode);
        var finding = Finding(run.AnyJson(), "answer");
        Assert.Contains("may not connect", finding.Text("message"), StringComparison.Ordinal);
        Assert.Contains("AllowedUserIds", finding.Text("advice"), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ProblemAsync(string path, string check)
    {
        var run = await ToolRun.RunAsync("doctor", path, "--json");
        Assert.Equal(1, run.ExitCode);
        var finding = Finding(run.AnyJson(), check);
        Assert.Equal("problem", finding.Text("state"));
        Assert.False(string.IsNullOrEmpty(finding.Text("advice")));
        return finding;
    }

    private static JsonElement Finding(JsonElement report, string check)
        => report.GetProperty("findings").EnumerateArray().Single(finding => finding.Text("check") == check);
}
