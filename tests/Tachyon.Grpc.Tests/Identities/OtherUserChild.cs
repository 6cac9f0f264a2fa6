using Tachyon.Grpc.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Tests.Identities;

/// <summary>Tachyon.TestHost as another user, with groups of the test's choice.</summary>
internal static class OtherUserChild
{
    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public static async Task<ChildProgram> StartAsync(
        HostRole role, string path, uint user = Accounts.OtherUser, uint[]? groups = null, TransportKind transport = TransportKind.Park)
    {
        var environment = new Dictionary<string, string?>();
        new HostSettings(role, transport, path).WriteTo(environment);
        var child = ChildProgram.Start(
            "Tachyon.TestHost", [], user, environment: environment.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value!)), groups: groups);
        var ready = await child.ReadLineAsync(TestTimeouts.Hang);
        if (ready != HostSettings.ReadyLine)
        {
            await child.DisposeAsync();
            Assert.Fail($"The child process of user {user} said '{ready}': {child.Errors}");
        }

        return child;
    }
}
