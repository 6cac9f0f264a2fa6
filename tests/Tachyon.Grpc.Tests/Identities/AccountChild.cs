using System.Text.Json;
using Tachyon.Grpc.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Tests.Identities;

/// <summary>Tachyon.TestHost as another user, with groups of the test's choice, or in surroundings of its choice.</summary>
internal static class AccountChild
{
    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public static async Task<ChildProgram> StartAsync(
        HostRole role,
        string path,
        uint? user = Accounts.OtherUser,
        uint[]? groups = null,
        TransportKind transport = TransportKind.Park,
        IEnumerable<string>? wrapper = null)
    {
        var environment = new Dictionary<string, string?>();
        new HostSettings(role, transport, path).WriteTo(environment);
        var child = ChildProgram.Start(
            // A copy that every user can read, also where only the wrapper changes the user.
            Path.Combine(PublicCopy.FullPath, "Tachyon.TestHost"),
            [],
            user,
            wrapper,
            environment.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value!)),
            groups is [] ? null : groups);
        var ready = await child.ReadLineAsync(TestTimeouts.Hang);
        if (ready != HostSettings.ReadyLine)
        {
            await child.DisposeAsync();
            Assert.Fail($"The child process of user {user} said '{ready}': {child.Errors}");
        }

        return child;
    }

    /// <summary>What the server at the path says to a client.</summary>
    public static async Task<(AskerReport Report, int ProcessId)> AskAsync(
        string path,
        uint? user = Accounts.OtherUser,
        uint[]? groups = null,
        TransportKind transport = TransportKind.Park,
        IEnumerable<string>? wrapper = null)
    {
        await using var child = await StartAsync(HostRole.Asker, path, user, groups, transport, wrapper);
        var line = await child.ReadLineAsync(TestTimeouts.Hang);
        Assert.True(line?.StartsWith(HostSettings.ResultLine + " ", StringComparison.Ordinal), $"'{line}': {child.Errors}");
        return (JsonSerializer.Deserialize<AskerReport>(line![(HostSettings.ResultLine.Length + 1)..])!, child.Id);
    }
}
