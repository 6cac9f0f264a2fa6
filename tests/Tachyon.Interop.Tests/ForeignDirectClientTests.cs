using Tachyon.Interop.Tests.Support;
using Tachyon.TestHost.Transports;

namespace Tachyon.Interop.Tests;

/// <summary>A client of direct mode in Python, written from docs/protocol.md and docs/protocol-direct.md: python/direct.</summary>
public sealed class ForeignDirectClientTests
{
    // What docs/protocol-direct.md states.
    private const int MaxLines = 300;

    [RequiresFact(Requires.X64, PythonScript.Program, PythonScript.Protobuf)]
    public async Task Python_calls_in_direct_mode_beside_a_client_of_this_process()
    {
        await using var server = await ServerProcess.StartAsync(TransportKind.Direct);
        using var channel = server.CreateChannel();
        await using var neighbor = await BackgroundClient.StartAsync(channel);

        var result = await PythonScript.RunAsync("direct_scenarios.py", server.Path, server.Path);

        Scenarios.AssertPrinted(Scenarios.ExpectedOfSmallClient("shared memory, direct, this process"), result.Succeeded());
        await neighbor.StopAsync();
    }

    [RequiresFact(Requires.X64, PythonScript.Program, PythonScript.Protobuf)]
    public async Task Server_that_does_not_allow_direct_mode_refuses_a_client_that_requires_it()
    {
        await using var server = await ServerProcess.StartAsync(TransportKind.Adaptive);

        var result = await PythonScript.RunAsync("direct_scenarios.py", server.Path, server.Path);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("the server refuses with status 2", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Client_has_at_most_300_lines()
        => Assert.InRange(
            Directory.EnumerateFiles(Path.Combine(PythonScript.Folder, "direct"), "*.py").Sum(static file => File.ReadLines(file).Count()),
            1,
            MaxLines);
}
