using System.Diagnostics;
using System.Globalization;
using Tachyon.RepositoryTests.Packing;
using Xunit.Abstractions;

namespace Tachyon.RepositoryTests.Publishing;

/// <summary>The Quickstart, published as native code, makes all kinds of calls over shared memory, in HTTP/2 and in direct mode.</summary>
[Trait("Category", "Long")]
public sealed class NativeAotTests(ITestOutputHelper output)
{
    private const string ReadyLine = "Now listening on: ";
    private const string AcceptedPart = "accepted";
    private const string DirectPart = "speaks direct mode";

    // The linker and the library that the native compiler's output is linked with.
    [RequiresFact("cc", "libz.so.1", Requires.FullRun)]
    public async Task Published_quickstart_makes_all_kinds_of_calls_without_warnings()
    {
        using var directory = new TempDirectory();
        var server = await PublishAsync(directory, "Server");
        var client = await PublishAsync(directory, "Client");

        // The Quickstart puts its socket into the directory for temporary files.
        var environment = new Dictionary<string, string>
        {
            ["TMPDIR"] = directory.Path,
            ["Logging__LogLevel__Tachyon.AspNetCore"] = "Debug",
            ["Tachyon__AllowDirect"] = "true",
        };
        var started = Stopwatch.GetTimestamp();
        await using var running = ChildProgram.StartProgram(server, environment: environment);
        await ReadToAsync(running, ReadyLine);
        Report("native AOT: server start until it listens", $"{Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");

        // Not over the plain socket, to which a client falls back.
        await AssertCallsAsync(client, environment, "over HTTP/2");
        await ReadToAsync(running, AcceptedPart);
        await AssertCallsAsync(client, environment, "in direct mode", $"tachyon-direct://{directory.FilePath("quickstart.sock")}");
        await ReadToAsync(running, DirectPart);
        Report("native AOT: size of the server and of the client", $"{Megabytes(server)} and {Megabytes(client)} MB");

        running.Signal(Signals.Terminate);
        await running.WaitForExitAsync();
        Assert.Equal(0, running.ExitCode);
    }

    private async Task AssertCallsAsync(string client, Dictionary<string, string> environment, string how, params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        await using var calling = ChildProgram.StartProgram(client, arguments, environment: environment);
        List<string> lines = [];
        while (await calling.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        await calling.WaitForExitAsync();
        Report(
            $"native AOT: client start until its fourth call {how} has ended", $"{Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
        output.WriteLine(string.Join('\n', lines));
        Assert.Equal(
            [
                "Unary", "  Hello, world!",
                "Client streaming", "  Hello, Ada, Grace, Barbara!",
                "Server streaming", "  Hello, world!", "  Bonjour, world!", "  Hallo, world!", "  Hola, world!", "  Ciao, world!",
                "Duplex streaming", "  Nice to meet you, Ada!", "  Nice to meet you, Grace!", "  Nice to meet you, Barbara!",
            ],
            lines);
        Assert.Equal(0, calling.ExitCode);
    }

    private static async Task<string> PublishAsync(TempDirectory directory, string side)
    {
        var folder = directory.FilePath(side);
        var said = await Command.DotnetAsync(
            Repository.Root,
            [
                "publish", Repository.FilePath("samples", "Quickstart", side), "-c", "Release", "--use-current-runtime", "-p:PublishAot=true",
                "--artifacts-path", directory.FilePath("artifacts"), "-o", folder, "-v", "m", "-nologo", "-tl:off", "--disable-build-servers",
            ]);
        Assert.Contains("Generating native code", said, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", said, StringComparison.OrdinalIgnoreCase);
        return Path.Combine(folder, $"Quickstart.{side}");
    }

    private void Report(string name, string value)
    {
        output.WriteLine($"{name}: {value}");
        Figures.Report(name, value);
    }

    private static async Task ReadToAsync(ChildProgram program, string part)
    {
        string? line;
        do
        {
            line = await program.ReadLineAsync();
            Assert.True(line is not null, $"The server ended before it printed '{part}': {program.Errors}");
        }
        while (!line.Contains(part, StringComparison.Ordinal));
    }

    private static string Megabytes(string file) => (new FileInfo(file).Length / 1e6).ToString("F1", CultureInfo.InvariantCulture);
}
