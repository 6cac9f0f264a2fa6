namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>samples/Sidecar, as a user runs it.</summary>
[Trait("Category", "Long")]
public sealed class SidecarSampleTests
{
    [Fact]
    public async Task All_clients_reach_the_application_and_its_health_is_forwarded()
    {
        (var exitCode, var output, var errors) = await SampleProgram.RunAsync();
        Assert.True(exitCode == 0, $"{output}\n{errors}");
        Assert.Contains("GET /hello/Ada: Hello, Ada! You came over shared memory as process ", output, StringComparison.Ordinal);
        Assert.Contains("GET /healthz: 503 NotServing", output, StringComparison.Ordinal);
        Assert.Contains("All answered, and all processes ended in order.", output, StringComparison.Ordinal);
        if (await PythonModule.IsInstalledAsync("grpc"))
        {
            // All four kinds of calls, on the path itself and through the proxy.
            foreach (var line in new[] { "unary: Hello, Ada!", "client stream: Hello, Ada and Grace!", "server stream: Hola, Ada!", "duplex: Nice to meet you, Grace!" })
            {
                Assert.Contains($"{line} You came by the socket as process ", output, StringComparison.Ordinal);
                Assert.Contains($"{line} You came over shared memory as process ", output, StringComparison.Ordinal);
            }

            Assert.Contains("health of no.such.Service: NOT_FOUND", output, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("the client in Python is skipped", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_process_outlives_the_one_that_the_user_started()
    {
        await using var sample = SampleProgram.Start();
        List<int> processes = [];
        var directory = "";
        while (processes.Count < 3)
        {
            // "The application is process 123 and listens at /tmp/...": so do all three.
            var line = await sample.ReadLineAsync() ?? throw new InvalidOperationException(sample.Errors);
            var words = line.Split(' ');
            processes.Add(int.Parse(words[4], System.Globalization.CultureInfo.InvariantCulture));
            directory = processes.Count == 1 ? Path.GetDirectoryName(words[^1])! : directory;
        }

        sample.Kill();
        await Watchdog.Until(() => !processes.Any(IsAlive), "the end of all processes of the sample");

        // No process was left to remove it.
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Probe_of_a_missing_application_fails_with_an_error()
    {
        using var directory = new TempDirectory();
        (var exitCode, _, var errors) = await SampleProgram.RunAsync("probe", directory.NewSocketPath());
        Assert.Equal(1, exitCode);
        Assert.StartsWith("Unavailable: ", errors, StringComparison.Ordinal);
    }

    /// <summary>False for a process that has ended and whose parent has not asked how.</summary>
    private static bool IsAlive(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
