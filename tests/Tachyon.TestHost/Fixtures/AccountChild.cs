using Tachyon.TestHost;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Fixtures;

/// <summary>Tachyon.TestHost as another user, with groups of the test's choice, or in surroundings of its choice.</summary>
internal static class AccountChild
{
    /// <summary>Starts it, from a copy that every user can read, and waits until it is ready.</summary>
    public static Task<ChildProgram> StartAsync(
        HostRole role,
        string path,
        uint? user = Accounts.OtherUser,
        uint[]? groups = null,
        TransportKind transport = TransportKind.Park,
        IEnumerable<string>? wrapper = null)
        => HostProgram.StartAsync(role, transport, path, wrapper, user: user, groups: groups is [] ? null : groups, publicCopy: true);

    /// <summary>What the server at the path says to a client.</summary>
    public static async Task<(AskerReport Report, int ProcessId)> AskAsync(
        string path,
        uint? user = Accounts.OtherUser,
        uint[]? groups = null,
        TransportKind transport = TransportKind.Park,
        IEnumerable<string>? wrapper = null)
    {
        await using var child = await StartAsync(HostRole.Asker, path, user, groups, transport, wrapper);
        return (await HostProgram.ResultAsync<AskerReport>(child), child.Id);
    }
}
