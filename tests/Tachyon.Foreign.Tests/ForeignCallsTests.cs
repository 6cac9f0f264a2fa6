using Tachyon.Foreign.Tests.Support;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Foreign.Tests;

/// <summary>
/// gRPC clients of other languages, unchanged, at the path of a Tachyon endpoint, while a Tachyon client calls at the same path. The same
/// over Kestrel's own Unix socket is the reference: it shows that a scenario is right.
/// </summary>
public sealed class ForeignCallsTests
{
    private const string Python = "/usr/bin/python3";
    private const string PythonGrpc = "/usr/lib/python3/dist-packages/grpc/__init__.py";
    private const string PythonProtobuf = "/usr/lib/python3/dist-packages/google/protobuf/message.py";

    [NeedsTheory("node", "npm")]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    public Task Node_calls_beside_a_client_of_this_process(TransportKind endpoint)
        => RunAsync(endpoint, async server => await ForeignProgram.RunAsync(
            "node",
            [Path.Combine(await NodePackages.InstalledAsync(), "scenarios.js"), Path.Combine(AppContext.BaseDirectory, "test.proto"), $"unix:{server.Path}"]));

    [NeedsTheory(Python, PythonGrpc, PythonProtobuf)]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    public Task Python_calls_beside_a_client_of_this_process(TransportKind endpoint)
        => RunAsync(endpoint, server => ForeignProgram.RunAsync(
            Python,
            [
                Path.Combine(AppContext.BaseDirectory, "python", "scenarios.py"), Descriptors.WriteTo(server.NewFile("descriptors")),
                $"unix:{server.Path}",
            ]));

    private static async Task RunAsync(TransportKind endpoint, Func<ServerProcess, Task<string>> foreignClient)
    {
        bool isTachyon = endpoint != TransportKind.UnixSocket;
        await using ServerProcess server = await ServerProcess.StartAsync(endpoint);
        await using Neighbour neighbour = await Neighbour.StartAsync(server.CreateChannel());
        int callsBefore = neighbour.Calls;

        string printed = await foreignClient(server);

        // The kernel's word on the caller is there for ordinary clients, too; Kestrel's own endpoint does not ask.
        string expected = isTachyon ? "socket, HTTP/2, this process" : "socket, HTTP/2, process 0";
        Assert.Equal(Scenarios.Expected(expected), printed.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        await neighbour.StopAsync();
        Assert.True(neighbour.Calls > callsBefore, "Nobody called beside the foreign client.");
        using var channel = server.CreateChannel();
        WhoReply who = await new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync.Within("the server's word on a client of this process");
        Assert.Equal(isTachyon, who.SharedMemory);
    }
}
