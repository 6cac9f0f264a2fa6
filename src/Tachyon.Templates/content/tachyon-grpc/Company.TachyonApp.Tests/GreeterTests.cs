using Company.TachyonApp.Contract;
using Company.TachyonApp.Service;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Tachyon.Grpc.Client;

namespace Company.TachyonApp.Tests;

/// <summary>Runs the service on Kestrel, at a socket of the test's own, and calls it over shared memory.</summary>
public sealed class GreeterTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task Service_greets_over_shared_memory()
    {
        var socket = Path.Combine(_directory.FullName, "test.sock");
        await using var application = new WebApplicationFactory<GreeterService>().WithWebHostBuilder(host => host.UseSetting("Socket", socket));
        application.UseKestrel();
        application.StartServer();

        // Without shared memory the call fails: the test never falls back to the socket.
        using var channel = TachyonChannel.ForAddress(
            socket, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });
        var reply = await new Greeter.GreeterClient(channel).SayHelloAsync(
            new HelloRequest { Name = "test" }, deadline: DateTime.UtcNow.AddSeconds(30));

        Assert.Equal("Hello, test!", reply.Message);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
