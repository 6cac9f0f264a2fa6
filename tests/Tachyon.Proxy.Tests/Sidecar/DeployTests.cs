using System.Diagnostics;
using System.Text.Json;

namespace Tachyon.Proxy.Tests.Sidecar;

/// <summary>What lies beside samples/Sidecar for operators: it can be read by those it is for, and fits the program.</summary>
public sealed class DeployTests
{
    private static readonly string s_directory = Repository.FilePath("samples", "Sidecar", "Deploy");

    [NeedsPythonFact("yaml")]
    public async Task Manifest_is_a_pod_of_two_containers_that_share_the_socket()
    {
        JsonElement pod = await ReadManifestAsync();
        Assert.Equal("Pod", pod.GetProperty("kind").GetString());
        JsonElement spec = pod.GetProperty("spec");
        Assert.False(spec.TryGetProperty("shareProcessNamespace", out _));
        Assert.True(spec.GetProperty("volumes")[0].TryGetProperty("emptyDir", out _));
        JsonElement[] containers = [.. spec.GetProperty("containers").EnumerateArray()];
        Assert.Equal(["app", "sidecar"], containers.Select(container => container.GetProperty("args")[0].GetString()));
        foreach (JsonElement container in containers)
        {
            // The same path in both, in the directory that is shared. One user for both.
            JsonElement mount = container.GetProperty("volumeMounts")[0];
            Assert.Equal(spec.GetProperty("volumes")[0].GetProperty("name").GetString(), mount.GetProperty("name").GetString());
            Assert.Equal($"{mount.GetProperty("mountPath").GetString()}/app.sock", container.GetProperty("args")[1].GetString());
            Assert.False(container.GetProperty("securityContext").TryGetProperty("runAsUser", out _));
            Assert.True(container.GetProperty("resources").GetProperty("limits").TryGetProperty("memory", out _));
        }

        Assert.True(spec.GetProperty("securityContext").TryGetProperty("runAsUser", out _));
    }

    [NeedsPythonFact("yaml")]
    public async Task Commands_of_the_manifest_are_those_of_the_program()
    {
        JsonElement spec = (await ReadManifestAsync()).GetProperty("spec");
        List<string[]> commands = [];
        foreach (JsonElement container in spec.GetProperty("containers").EnumerateArray())
        {
            commands.Add(Strings(container.GetProperty("args")));
            foreach (string probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
            {
                if (container.TryGetProperty(probe, out JsonElement found) && found.TryGetProperty("exec", out JsonElement exec))
                {
                    string[] command = Strings(exec.GetProperty("command"));
                    Assert.Equal(["dotnet", "/app/Sidecar.dll"], command[..2]);
                    commands.Add(command[2..]);
                }
            }
        }

        Assert.Equal(4, commands.Count);
        await AssertUnderstoodAsync(commands);
    }

    [NeedsFact("systemd-analyze")]
    public async Task Units_are_understood_and_start_the_program()
    {
        using var directory = new TempDirectory();
        string[] units = ["app.service", "sidecar.service"];
        List<string[]> commands = [];
        foreach (string unit in units)
        {
            string text = await File.ReadAllTextAsync(Path.Combine(s_directory, unit));
            commands.Add(text.Split('\n').Single(static line => line.StartsWith("ExecStart=", StringComparison.Ordinal)).Split(' ')[2..]);

            // systemd wants the program to be there.
            await File.WriteAllTextAsync(directory.FilePath(unit), text.Replace("/usr/bin/dotnet", "/bin/true", StringComparison.Ordinal));
        }

        (int exitCode, string output) = await RunAsync("systemd-analyze", ["verify", "--man=no", .. units.Select(directory.FilePath)]);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain(directory.Path, output, StringComparison.Ordinal);
        await AssertUnderstoodAsync(commands);
    }

    /// <summary>With --help behind it the program does nothing, but still complains of what it does not know.</summary>
    private static async Task AssertUnderstoodAsync(List<string[]> commands)
    {
        foreach (string[] command in commands)
        {
            (int exitCode, string output, string errors) = await SampleProgram.RunAsync([.. command, "--help"]);
            Assert.True(exitCode == 0 && errors.Length == 0, $"{string.Join(' ', command)}: {errors}");
            Assert.Contains($"Sidecar {command[0]} <socket>", output, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await SampleProgram.RunAsync("app", "/a.sock", "--no-such-option")).ExitCode);
    }

    private static async Task<JsonElement> ReadManifestAsync()
    {
        const string Script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
        (int exitCode, string output) = await RunAsync(NeedsPythonFactAttribute.Find("yaml")!, ["-c", Script, Path.Combine(s_directory, "pod.yaml")]);
        Assert.True(exitCode == 0, output);
        return JsonDocument.Parse(output).RootElement;
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(static element => element.GetString()!)];

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().Within();
        output += await errors.Within();
        await process.WaitForExitAsync().Within();
        return (process.ExitCode, output);
    }
}
