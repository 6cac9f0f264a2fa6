using System.Text.Json.Nodes;

namespace Tachyon.Reliability.Tests.Sandbox;

/// <summary>The seccomp profile of eng/sandbox, and how to run a program under it.</summary>
internal static class SeccompProfile
{
    internal static string FullPath { get; } = Repository.FilePath("eng", "sandbox", "tachyon-service.seccomp.json");

    /// <summary>Names of the calls that it lets through, with whatever arguments, or answers so that libc takes another.</summary>
    internal static IReadOnlySet<string> Calls
        => Groups(Read()).SelectMany(static group => group["names"]!.AsArray()).Select(static name => name!.GetValue<string>()).ToHashSet();

    /// <summary>A copy of it that lacks a call.</summary>
    internal static string Without(string call, TempDirectory directory)
    {
        var profile = Read();
        var removed = Groups(profile).Sum(group => group["names"]!.AsArray().RemoveAll(name => name!.GetValue<string>() == call));
        Assert.Equal(1, removed);
        var path = directory.FilePath($"without-{call}.json");
        File.WriteAllText(path, profile.ToJsonString());
        return path;
    }

    /// <summary>The words to put before a command.</summary>
    internal static string[] Wrapper(string profile)
        => [ChildProgram.Host, "exec", Path.Combine(AppContext.BaseDirectory, "Tachyon.TestPeer.dll"), "under-profile", profile];

    private static JsonNode Read() => JsonNode.Parse(File.ReadAllText(FullPath))!;

    private static IEnumerable<JsonNode> Groups(JsonNode profile) => profile["syscalls"]!.AsArray().Select(static group => group!);
}
