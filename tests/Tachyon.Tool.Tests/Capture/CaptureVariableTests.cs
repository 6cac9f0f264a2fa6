using System.Text;
using System.Text.RegularExpressions;
using Grpc.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests.Capture;

/// <summary>Processes that start with TACHYON_CAPTURE, and what tshark decodes of their calls.</summary>
public sealed class CaptureVariableTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresFact("tshark")]
    public async Task Server_writes_method_status_and_message_that_tshark_decodes()
    {
        var file = _directory.FilePath("server.pcapng");
        var path = _directory.NewSocketPath();
        await using var server = await StartServerAsync(TransportKind.Adaptive, path, file);
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "what was said");
        await StopAsync(server);

        await CapturedCalls.AssertDecodedAsync(file, "what was said");
        Assert.Contains($"A capture of the traffic began, in the clear: all connections go to {file}", server.Errors, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var comment = Assert.Single(await Tshark.FieldAsync(file, "frame.comment"));
        Assert.Contains($"tachyon://{path}: server process {server.Id} ", comment, StringComparison.Ordinal);
        Assert.Contains($"client process {Environment.ProcessId} ", comment, StringComparison.Ordinal);
    }

    [RequiresFact("tshark")]
    public async Task Client_writes_its_calls_and_large_messages_without_a_gap()
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        await using var client = await HostProgram.StartAsync(
            HostRole.Caller, TransportKind.Adaptive, path, environment: Variable(_directory.FilePath("client-{pid}.pcapng")));
        Assert.Equal(StatusCode.OK, (await HostProgram.ResultAsync<CallerReport>(client)).Status);
        await client.WaitForExitAsync();

        var file = _directory.FilePath($"client-{client.Id}.pcapng");
        Assert.Equal(Enumerable.Repeat(CapturedCalls.EchoPath, 5), await Tshark.FieldAsync(file, "http2.headers.path"));
        Assert.Equal(Enumerable.Repeat("0", 5), await Tshark.GrpcStatusesAsync(file));
        Assert.Empty(await Tshark.ProblemsAsync(file));

        Assert.Contains($"A capture of the traffic of this process runs, in the clear: it goes to {file}.", client.Errors, StringComparison.Ordinal);

        // Both directions of the largest message.
        Assert.Equal(2, (await Tshark.ReadAsync(file, "-Y", "grpc.message_length > 5000000")).Length);
    }

    [RequiresFact("tshark")]
    public async Task Snap_length_leaves_headers_and_cuts_what_was_said()
    {
        var file = _directory.FilePath("server.pcapng");
        var path = _directory.NewSocketPath();
        await using var server = await StartServerAsync(TransportKind.Adaptive, path, file + ";snaplen=44");
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "what was said");
        await StopAsync(server);

        Assert.DoesNotContain("what was said", await File.ReadAllTextAsync(file, Encoding.Latin1), StringComparison.Ordinal);
        Assert.True((await Tshark.ReadAsync(file, "-Y", "tcp.len > 40 && frame.cap_len == 44")).Length >= 4);
        Assert.Empty(await Tshark.ReadAsync(file, "-Y", "tcp.analysis.flags"));
    }

    [Fact]
    public async Task A_variable_that_means_nothing_is_a_warning_and_not_an_error_of_calls()
    {
        var path = _directory.NewSocketPath();
        await using var server = await StartServerAsync(TransportKind.Adaptive, path, _directory.FilePath("a.pcapng") + ";snaplen=none");
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "still answered");
        await StopAsync(server);

        Assert.Contains("The capture to TACHYON_CAPTURE failed: ", server.Errors, StringComparison.Ordinal);
        Assert.Contains("'snaplen=none' needs a number from 44 to 262144.", server.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.pcapng"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_a_warning_and_not_an_error_of_calls()
    {
        var path = _directory.NewSocketPath();
        await using var server = await StartServerAsync(TransportKind.Adaptive, path, _directory.FilePath("missing/a.pcapng"));
        await CapturedCalls.MakeAsync(TransportKind.Adaptive, path, "still answered");
        await StopAsync(server);

        Assert.Contains("failed: Could not find a part of the path", server.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing/a.pcapng", "failed: Could not find a part of the path")]
    [InlineData("a.pcapng;snaplen=none", "'snaplen=none' needs a number from 44 to 262144.")]
    public async Task A_client_that_cannot_be_captured_says_so_once_and_makes_its_calls(string variable, string expected)
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Direct, path);
        await using var client = await HostProgram.StartAsync(
            HostRole.Caller, TransportKind.Direct, path, environment: Variable(_directory.FilePath(variable)));

        Assert.Equal(StatusCode.OK, (await HostProgram.ResultAsync<CallerReport>(client)).Status);

        await client.WaitForExitAsync();
        Assert.Single(Regex.Matches(client.Errors, Regex.Escape(expected)));
    }

    [RequiresFact("tshark")]
    public async Task Frames_of_direct_mode_are_decoded_by_the_dissector()
    {
        var file = _directory.FilePath("direct.pcapng");
        var path = _directory.NewSocketPath();
        await using var server = await StartServerAsync(TransportKind.Direct, path, file);
        await CapturedCalls.MakeAsync(TransportKind.Direct, path, "what was said");
        await StopAsync(server);

        Assert.Equal([CapturedCalls.EchoPath, CapturedCalls.OutcomePath], Distinct(await Tshark.DirectFieldAsync(file, "tachyon_direct.path")));
        Assert.Equal(["0", "5"], await Tshark.DirectFieldAsync(file, "tachyon_direct.grpc_status"));
        var messages = await Tshark.DirectFieldAsync(file, "tachyon_direct.message");
        Assert.Equal(2, messages.Count(static message => message == CapturedCalls.MessageOf("what was said")));
        Assert.Empty(await Tshark.DirectFieldAsync(file, "tachyon_direct.malformed"));
        Assert.Empty(await Tshark.ProblemsAsync(file));
    }

    [RequiresFact("tshark")]
    public async Task Messages_of_direct_mode_in_several_frames_are_put_together()
    {
        var file = _directory.FilePath("direct.pcapng");
        var path = _directory.NewSocketPath();
        await using var server = await StartServerAsync(TransportKind.Direct, path, file);
        await using var client = await HostProgram.StartAsync(HostRole.Caller, TransportKind.Direct, path);
        Assert.Equal(StatusCode.OK, (await HostProgram.ResultAsync<CallerReport>(client)).Status);
        await StopAsync(server);

        var messages = (await Tshark.DirectFieldAsync(file, "tachyon_direct.message")).SelectMany(static line => line.Split(','));

        // Two hexadecimal digits for a byte.
        Assert.Equal(2, messages.Count(static message => message.Length > 2 * 5_000_000));
        Assert.Empty(await Tshark.ProblemsAsync(file));
    }

    private static Dictionary<string, string> Variable(string value) => new() { ["TACHYON_CAPTURE"] = value };

    private static Task<ChildProgram> StartServerAsync(TransportKind transport, string path, string variable)
        => HostProgram.StartAsync(HostRole.Server, transport, path, environment: Variable(variable));

    // In order, as by a service manager: what was captured is written to its end.
    private static Task StopAsync(ChildProgram server)
    {
        server.Signal(Signals.Terminate);
        return server.WaitForExitAsync();
    }

    private static string[] Distinct(string[] values) => [.. values.SelectMany(static value => value.Split(',')).Distinct()];
}
