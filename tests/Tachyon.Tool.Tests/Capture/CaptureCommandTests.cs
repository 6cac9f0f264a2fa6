using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests.Capture;

/// <summary>'tachyon capture' of running processes.</summary>
public sealed class CaptureCommandTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresFact("tshark")]
    public async Task Calls_to_a_server_are_written_to_a_file_until_Ctrl_C()
    {
        var file = _directory.FilePath("app.pcapng");
        var path = _directory.NewSocketPath();
        var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        await using var capture = await CaptureRun.StartAsync(path, "--output", file);
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "what was said");
        var run = await capture.InterruptAsync();
        await server.DisposeAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"Capturing the connections of the server at 'tachyon://{path}'.", run.Errors, StringComparison.Ordinal);
        Assert.Contains(" packets captured, 0 dropped", run.Errors, StringComparison.Ordinal);
        await CapturedCalls.AssertDecodedAsync(file, "what was said");
        Assert.Contains($"the connections of '{path}' go to process {capture.Id} (uid ", server.Errors, StringComparison.Ordinal);
    }

    [RequiresFact("tshark", "sh")]
    public async Task Tshark_decodes_calls_from_a_pipe_as_they_come()
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        var tool = Path.Combine(AppContext.BaseDirectory, "tachyon.dll");
        await using var pipe = ChildProgram.StartProgram(
            "sh", ["-c", $"'{ChildProgram.Host}' exec '{tool}' capture '{path}' | tshark -l -n -r - -Y http2.headers.path -T fields -e http2.headers.path"]);
        await CaptureRun.UntilCapturedAsync(server);
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "what was said");

        Assert.Equal(CapturedCalls.EchoPath, await pipe.ReadLineAsync());
        Assert.Equal(CapturedCalls.OutcomePath, await pipe.ReadLineAsync());

        // The end of the server ends the capture, and with it tshark.
        await server.KillAsync();
        Assert.Equal(0, (await pipe.RunToEndAsync()).ExitCode);
    }

    [RequiresFact("bash")]
    public async Task The_end_of_the_reader_of_a_pipe_ends_the_capture()
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        var tool = Path.Combine(AppContext.BaseDirectory, "tachyon.dll");
        await using var pipe = ChildProgram.StartProgram(
            "bash", ["-c", $"set -o pipefail; '{ChildProgram.Host}' exec '{tool}' capture '{path}' | head -c 4 | od -A n -t x4"]);

        // The first bytes of a section header; then the reader is gone.
        Assert.Equal(" 0a0d0d0a", await pipe.ReadLineAsync());
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "what was said");
        Assert.Equal(0, (await pipe.RunToEndAsync()).ExitCode);
    }

    [RequiresFact("tshark")]
    public async Task A_connection_that_exists_is_captured_from_then_on()
    {
        var file = _directory.FilePath("app.pcapng");
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        using var channel = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        var echo = new Echo.EchoClient(channel);
        _ = await echo.UnaryAsync(new Payload { Index = 1 }).ResponseAsync.Within();
        await using var capture = await CaptureRun.StartAsync(path, "--output", file);
        var payload = new Payload { Index = 2 };
        _ = await echo.UnaryAsync(payload).ResponseAsync.Within();
        Assert.Equal(0, (await capture.InterruptAsync()).ExitCode);

        Assert.Contains("bytes to the server and ", Assert.Single(await Tshark.FieldAsync(file, "frame.comment")), StringComparison.Ordinal);
        var messages = await Tshark.FieldAsync(file, "grpc.message_data", "-d", Tshark.AsHttp2);
        var bytes = Convert.ToHexStringLower(Google.Protobuf.MessageExtensions.ToByteArray(payload));
        var data = await Tshark.FieldAsync(file, "http2.data.data", "-d", Tshark.AsHttp2);
        string[] decoded = [.. messages, .. data];
        Assert.True(decoded.Count(line => line.Contains(bytes, StringComparison.Ordinal)) >= 2, string.Join('\n', decoded));
        Assert.Empty(await Tshark.ProblemsAsync(file));
    }

    [RequiresTheory("tshark")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_process_is_captured_by_its_id(bool isServer)
    {
        var file = _directory.FilePath("app.pcapng");
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        using var channel = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        var echo = new Echo.EchoClient(channel);
        _ = await echo.UnaryAsync(new Payload { Index = 1 }).ResponseAsync.Within();

        // It writes messages of 4 KiB for as long as it lives. Not this process, in which servers of other tests listen at the same time.
        await using var client = await HostProgram.StartAsync(HostRole.Client, TransportKind.Adaptive, path);
        await using var capture = await CaptureRun.StartAsync($"{(isServer ? server.Id : client.Id)}", "--output", file);
        _ = await echo.UnaryAsync(new Payload { Index = 2 }).ResponseAsync.Within();
        await Watchdog.Until(() => new FileInfo(file) is { Exists: true, Length: > 4096 }, "packets are in the file");
        Assert.Equal(0, (await capture.InterruptAsync()).ExitCode);

        var comments = string.Join('\n', await Tshark.FieldAsync(file, "frame.comment"));
        Assert.Contains($"server process {server.Id} ", comments, StringComparison.Ordinal);
        Assert.Contains($"client process {client.Id} ", comments, StringComparison.Ordinal);
        Assert.Equal(isServer, comments.Contains($"client process {Environment.ProcessId} ", StringComparison.Ordinal));
    }

    [RequiresFact("tshark")]
    public async Task A_server_that_took_over_is_captured_by_its_id_and_its_predecessor_is_not()
    {
        var file = _directory.FilePath("app.pcapng");
        var path = _directory.NewSocketPath();
        await using var predecessor = await HostProgram.StartAsync(HostRole.Successor, TransportKind.Adaptive, path);
        await using var successor = await HostProgram.StartAsync(HostRole.Successor, TransportKind.Adaptive, path);

        var refused = await ToolRun.RunAsync("capture", $"{predecessor.Id}", "--output", file);
        refused.AssertFails(1, $"process {successor.Id} has taken it over");
        await using var capture = await CaptureRun.StartAsync($"{successor.Id}", "--output", file);
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "what was said");
        Assert.Equal(0, (await capture.InterruptAsync()).ExitCode);

        await CapturedCalls.AssertDecodedAsync(file, "what was said");
    }

    [Fact]
    public async Task A_second_capture_of_a_process_is_refused()
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        await using var capture = await CaptureRun.StartAsync(path, "--output", _directory.FilePath("first.pcapng"));

        (await ToolRun.RunAsync("capture", path, "--output", _directory.FilePath("second.pcapng"))).AssertFails(1, "is captured already");
        Assert.Equal(0, (await capture.InterruptAsync()).ExitCode);
        Assert.False(File.Exists(_directory.FilePath("second.pcapng")));
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Root_may_not_capture_a_server_of_another_user()
    {
        using var directory = new TempDirectory().OpenToAll();
        File.SetUnixFileMode(directory.Path, TestUsers.AllMayConnect | (UnixFileMode)0b001_001_001);
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartAsync(
            HostRole.ServerForRoot, TransportKind.Adaptive, path, user: TestUsers.Overflow);

        var refused = await ToolRun.RunAsync("capture", path, "--output", directory.FilePath("a.pcapng"));

        refused.AssertFails(1, "may be captured by its own user only: run the command as user 'nobody'");
        Assert.False(File.Exists(directory.FilePath("a.pcapng")));
    }

    [Fact]
    public async Task A_server_that_knows_no_captures_is_reported()
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.UnixSocket, path);

        (await ToolRun.RunAsync("capture", path, "--output", _directory.FilePath("a.pcapng"))).AssertFails(1, "does not know captures");
    }

    [Fact]
    public async Task A_process_without_connections_is_reported()
        => (await ToolRun.RunAsync("capture", "1", "--output", _directory.FilePath("a.pcapng"))).AssertFails(1, "Process 1 ");

    [Fact]
    public async Task A_file_that_exists_is_not_overwritten()
    {
        var file = _directory.FilePath("a.pcapng");
        await File.WriteAllTextAsync(file, "mine");

        (await ToolRun.RunAsync("capture", "/nowhere", "--output", file)).AssertFails(1, "exists: remove it");
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }
}
