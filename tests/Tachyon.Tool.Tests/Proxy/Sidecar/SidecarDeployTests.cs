using System.Text.Json;
using YamlDotNet.Serialization;

namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>What lies beside samples/Sidecar for operators: it can be read by those it is for, and fits the program.</summary>
[Trait("Category", "Long")]
public sealed class SidecarDeployTests
{
    private static readonly string s_directory = Repository.FilePath("samples", "Sidecar", "Deploy");

    [Fact]
    public void Manifest_is_a_pod_of_two_containers_that_share_the_socket()
    {
        var pod = ReadManifest();
        Assert.Equal("Pod", pod.GetProperty("kind").GetString());
        var spec = pod.GetProperty("spec");
        Assert.False(spec.TryGetProperty("shareProcessNamespace", out _));
        Assert.True(spec.GetProperty("volumes")[0].TryGetProperty("emptyDir", out _));
        JsonElement[] containers = [.. spec.GetProperty("containers").EnumerateArray()];
        Assert.Equal(["app", "sidecar"], containers.Select(container => container.GetProperty("args")[0].GetString()));
        foreach (var container in containers)
        {
            // The same path in both, in the directory that is shared. One user for both.
            var mount = container.GetProperty("volumeMounts")[0];
            Assert.Equal(spec.GetProperty("volumes")[0].GetProperty("name").GetString(), mount.GetProperty("name").GetString());
            Assert.Equal($"{mount.GetProperty("mountPath").GetString()}/app.sock", container.GetProperty("args")[1].GetString());
            Assert.False(container.GetProperty("securityContext").TryGetProperty("runAsUser", out _));
            Assert.True(container.GetProperty("resources").GetProperty("limits").TryGetProperty("memory", out _));
        }

        Assert.True(spec.GetProperty("securityContext").TryGetProperty("runAsUser", out _));
    }

    [Fact]
    public async Task Commands_of_the_manifest_are_those_of_the_program()
    {
        var spec = ReadManifest().GetProperty("spec");
        List<string[]> commands = [];
        foreach (var container in spec.GetProperty("containers").EnumerateArray())
        {
            commands.Add(Strings(container.GetProperty("args")));
            foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
            {
                if (container.TryGetProperty(probe, out var found) && found.TryGetProperty("exec", out var exec))
                {
                    var command = Strings(exec.GetProperty("command"));
                    Assert.Equal(["dotnet", "/app/Sidecar.dll"], command[..2]);
                    commands.Add(command[2..]);
                }
            }
        }

        // The two containers, and the probes of the first.
        Assert.Equal(["app", "probe", "probe", "sidecar"], commands.Select(static command => command[0]));
        await RunAsDeployedAsync(commands[0], commands[3], commands[1], commands[2]);
    }

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

    /// <summary>Runs the commands with a directory and a port of the test, as two containers or units side by side.</summary>
    private static async Task RunAsDeployedAsync(string[] app, string[] sidecar, params string[][] probes)
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
            foreach (var probe in probes)
            {
                (var exitCode, var output, var errors) = await SampleProgram.RunAsync(Here(probe));
                Assert.True((exitCode, output) == (0, "Serving"), errors);
            }
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

    private static JsonElement ReadManifest()
    {
        var pod = new DeserializerBuilder().Build().Deserialize(File.ReadAllText(Path.Combine(s_directory, "pod.yaml")));
        return JsonDocument.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(pod)).RootElement;
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(static element => element.GetString()!)];

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments)
    {
        var run = await ChildProgram.RunAsync(program, arguments);
        return (run.ExitCode, run.All);
    }
}
