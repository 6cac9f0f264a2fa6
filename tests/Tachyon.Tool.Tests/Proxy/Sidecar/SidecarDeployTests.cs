namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>The systemd units of samples/Sidecar: systemd understands them, and they fit the program.</summary>
[Trait("Category", "Long")]
public sealed class SidecarDeployTests
{
    private static readonly string s_directory = Repository.FilePath("samples", "Sidecar", "Deploy");

    [RequiresFact("systemd-analyze")]
    public async Task Units_are_understood_and_start_the_program()
    {
        using var directory = new TempDirectory();
        string[] units = ["app.service", "sidecar.service"];
        List<string[]> commands = [];
        foreach (var unit in units)
        {
            var text = await File.ReadAllTextAsync(Path.Combine(s_directory, unit));
            commands.Add(text.Split('\n').Single(static line => line.StartsWith("ExecStart=", StringComparison.Ordinal)).Split(' ')[2..]);

            // systemd wants the program to be there.
            await File.WriteAllTextAsync(directory.FilePath(unit), text.Replace("/usr/bin/dotnet", "/bin/true", StringComparison.Ordinal));
        }

        (var exitCode, var output) = await RunAsync("systemd-analyze", ["verify", "--man=no", .. units.Select(directory.FilePath)]);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain(directory.Path, output, StringComparison.Ordinal);
        await RunAsDeployedAsync(commands[0], commands[1]);
    }

    /// <summary>Runs the commands with a directory and a port of the test, as two units side by side.</summary>
    private static async Task RunAsDeployedAsync(string[] app, string[] sidecar)
    {
        using var directory = new TempDirectory();

        // In the wrong order: the sidecar waits for the application.
        await using var gateway = SampleProgram.Start(Here(sidecar));
        await using var application = SampleProgram.Start(Here(app));
        try
        {
            Assert.Equal("ready", await application.ReadLineAsync());
            var address = (await gateway.ReadLineAsync())!["ready at ".Length..];
            using var http = new HttpClient();
            var port = new Uri(
                address.Replace("[::]", "127.0.0.1", StringComparison.Ordinal)).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var reply = await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/hello/Ada")).Within();
            Assert.StartsWith("Hello, Ada! You came over shared memory", reply, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var one in new[] { gateway, application })
            {
                _ = Signals.TrySend(one.Id, Signals.Terminate);
                await one.WaitForExitAsync();
            }
        }

        Assert.Equal((0, 0), (gateway.ExitCode, application.ExitCode));

        string[] Here(string[] command)
            => [.. command.Select(word => word.Replace("/run/tachyon", directory.Path, StringComparison.Ordinal)
                .Replace(":8080", ":0", StringComparison.Ordinal))];
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments)
    {
        var run = await ChildProgram.RunAsync(program, arguments);
        return (run.ExitCode, run.All);
    }
}
