using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Tachyon.Interop.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Interop.Tests;

/// <summary>
/// gRPC clients of other languages, unchanged, at the path of a Tachyon endpoint, while a Tachyon client calls at the same path. The same
/// over Kestrel's own Unix socket is the reference: it shows that a scenario is right.
/// </summary>
public sealed class ForeignCallsTests
{
    /// <summary>A script, for the path of the server and the file of a certificate to trust, if any.</summary>
    private delegate Task<string> Script(string path, params string[] certificate);

    [RequiresTheory("node", "npm")]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    public Task Node_calls_beside_a_client_of_this_process(TransportKind endpoint) => RunAsync(endpoint, NodeAsync);

    [RequiresTheory(PythonScript.Program, PythonScript.Grpc, PythonScript.Protobuf)]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    public Task Python_calls_beside_a_client_of_this_process(TransportKind endpoint) => RunAsync(endpoint, PythonAsync);

    [RequiresFact("node", "npm")]
    public Task Node_calls_through_tls() => RunThroughTlsAsync(NodeAsync);

    [RequiresFact(PythonScript.Program, PythonScript.Grpc, PythonScript.Protobuf)]
    public Task Python_calls_through_tls() => RunThroughTlsAsync(PythonAsync);

    private static async Task RunAsync(TransportKind endpoint, Script script)
    {
        await using var server = await ServerProcess.StartAsync(endpoint);
        using var channel = server.CreateChannel();
        await RunAsync(endpoint, channel, () => script(server.Path));
    }

    private static async Task RunThroughTlsAsync(Script script)
    {
        await using var server = await OpenServer.StartAsync(
            TransportKind.Adaptive, new TestApplicationOptions { Listen = listen => listen.UseHttps(TestCertificate.Value) });
        using var channel = server.CreateChannel(tls: true);
        await RunAsync(TransportKind.Adaptive, channel, () => script(server.Path, TestCertificate.WriteTo(server.NewFile("trusted.pem"))));
    }

    /// <param name="endpoint">What the endpoint is.</param>
    /// <param name="channel">Of a client of this process that knows.</param>
    /// <param name="script">The foreign client.</param>
    private static async Task RunAsync(TransportKind endpoint, GrpcChannel channel, Func<Task<string>> script)
    {
        var isTachyon = endpoint != TransportKind.UnixSocket;
        await using var neighbor = await BackgroundClient.StartAsync(channel);
        var callsBefore = neighbor.Calls;

        var printed = await script();

        // The kernel's word on the caller is there for ordinary clients, too; Kestrel's own endpoint does not ask.
        var expected = Scenarios.Expected(isTachyon ? "socket, HTTP/2, this process" : "socket, HTTP/2, process 0");
        Scenarios.AssertPrinted(expected, printed);

        await neighbor.StopAsync();
        Assert.True(neighbor.Calls > callsBefore, "No call was made beside the foreign client.");
        var who = await new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync.Within("the server's word on a client of this process");
        Assert.Equal(isTachyon, who.SharedMemory);
    }

    private static async Task<string> NodeAsync(string path, params string[] certificate)
        => await ForeignProgram.RunAsync(
            "node",
            [
                Path.Combine(await NodePackages.InstalledAsync(), "scenarios.js"), Path.Combine(AppContext.BaseDirectory, "test.proto"), $"unix:{path}",
                .. certificate,
            ]);

    private static async Task<string> PythonAsync(string path, params string[] certificate)
        => (await PythonScript.RunAsync("scenarios.py", path, [$"unix:{path}", .. certificate])).Succeeded();
}
