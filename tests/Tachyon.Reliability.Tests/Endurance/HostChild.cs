using System.Text.Json;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>Child processes that speak gRPC.</summary>
internal static class HostChild
{
    public static ChildProgram Start(HostRole role, TransportKind transport, string path)
    {
        var environment = new Dictionary<string, string?>();
        new HostSettings(role, transport, path).WriteTo(environment);
        return ChildProgram.Start("Tachyon.TestHost", [], environment: environment!);
    }

    public static async Task<ChildProgram> StartReadyAsync(HostRole role, TransportKind transport, string path)
    {
        ChildProgram child = Start(role, transport, path);
        await ExpectAsync(child, HostSettings.ReadyLine);
        return child;
    }

    public static async Task ExpectAsync(ChildProgram child, string expected)
    {
        string? line = await child.ReadLineAsync();
        Assert.True(line == expected, $"'{expected}' expected, got '{line}'; errors: {child.Errors}");
    }

    public static async Task<T> ResultAsync<T>(ChildProgram child, TimeSpan? limit = null)
    {
        string? line = await child.ReadLineAsync(limit);
        Assert.True(
            line?.StartsWith(HostSettings.ResultLine + " ", StringComparison.Ordinal) == true, $"A result expected, got '{line}'; errors: {child.Errors}");
        return JsonSerializer.Deserialize<T>(line[(HostSettings.ResultLine.Length + 1)..])!;
    }
}
