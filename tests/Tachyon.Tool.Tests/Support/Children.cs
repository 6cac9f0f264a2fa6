using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Tool.Tests.Support;

/// <summary>The processes that the tool is shown.</summary>
internal static class Children
{
    /// <summary>Speaks the transport; ready to be used.</summary>
    internal static async Task<ChildProgram> PeerAsync(string ready, uint? user, params string[] arguments)
    {
        var peer = ChildProgram.Start("Tachyon.TestPeer", arguments, user);
        var line = await peer.ReadLineAsync();
        Assert.True(line?.StartsWith(ready, StringComparison.Ordinal), $"It said '{line}' instead of '{ready}': {peer.Errors}");
        return peer;
    }

    internal static Task<ChildProgram> PeerAsync(string ready, params string[] arguments) => PeerAsync(ready, user: null, arguments);

    /// <summary>A gRPC server of the test services.</summary>
    internal static Task<ChildProgram> GrpcServerAsync(TransportKind transport, string path)
        => HostProgram.StartServerAsync(transport, path);
}
