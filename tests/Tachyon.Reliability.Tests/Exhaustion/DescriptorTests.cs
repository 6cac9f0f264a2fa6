using Tachyon.Grpc.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// A process has none, one, two ... descriptors left, so that each call of the handshake that makes one fails at its turn: the handshake
/// fails with a clear error on both sides, connections that exist go on, nothing leaks, and with the pressure gone all is as before.
/// </summary>
public sealed class DescriptorTests : IDisposable
{
    private const int Most = 12;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Server_without_descriptors()
    {
        var path = _directory.NewSocketPath();
        await using var server = await PeerProgram.StartAsync("pressed-server", path);
        await using var old = await TachyonConnection.ConnectAsync(path).Within();
        await EchoAssert.EchoesAsync(old);
        await EchoAssert.ServesAsync(path);
        var before = await ResourceSnapshot.SettledAsync(server.Id);
        List<string> said = [];
        var succeeded = 0;
        for (var free = 0; free <= Most; free++)
        {
            // The descriptors of the last round would be free ones.
            await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
            ResourceLimits.LeaveDescriptors(server.Id, free);
            try
            {
                await using var connection = await TachyonConnection
                    .ConnectAsync(path, new TachyonChannelOptions { HandshakeTimeout = TimeSpan.FromSeconds(1) }).Within();
                await EchoAssert.EchoesAsync(connection);
                succeeded++;
            }
            catch (TachyonConnectException exception)
            {
                Assert.Contains(exception.Error, new[] { TachyonConnectError.NoSharedMemory, TachyonConnectError.HandshakeTimeout });
            }

            await EchoAssert.EchoesAsync(old);
            ResourceLimits.FreeDescriptors(server.Id);
            await EchoAssert.ServesAsync(path);
        }

        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
        await server.ReadReportsAsync(said);

        // The sweep hit every call that makes a descriptor, and reached the case where all succeed.
        foreach (var call in (string[])["could not be accepted", "memfd_create", "eventfd", "pipe2"])
        {
            Assert.Contains(said, line => line.Contains(call, StringComparison.Ordinal));
        }

        Assert.All(
            said.Where(static line => line.StartsWith("refused Error", StringComparison.Ordinal)),
            static line => Assert.Contains("limit of open files", line, StringComparison.Ordinal));
        Assert.InRange(succeeded, 1, Most);
        Figures.Report("resource faults injected", Most + 1);
    }

    [Fact]
    public async Task Client_without_descriptors()
    {
        var path = _directory.NewSocketPath();
        await using var server = await PeerProgram.StartAsync("pressed-server", path);
        await using var client = await PeerProgram.StartAsync("exchange-later", path);
        await client.ConnectAndCloseAsync(server.Id);
        var before = await ResourceSnapshot.SettledAsync(client.Id);
        var serverBefore = await ResourceSnapshot.SettledAsync(server.Id);
        List<string> errors = [];
        var succeeded = 0;
        for (var free = 0; free <= Most; free++)
        {
            ResourceLimits.LeaveDescriptors(client.Id, free);
            var answer = await client.AskAsync("connect");
            if (answer == $"connected to {server.Id}")
            {
                succeeded++;
                Assert.Equal("exchanged 1000000", await client.AskAsync("exchange"));
                await client.CloseAsync();
            }
            else
            {
                errors.Add(answer);
            }

            ResourceLimits.FreeDescriptors(client.Id);
            await client.ConnectAndCloseAsync(server.Id);
        }

        await ResourceSnapshot.AssertReturnedAsync(client.Id, before, "The client");
        await ResourceSnapshot.AssertReturnedAsync(server.Id, serverBefore, "The server");
        Assert.InRange(succeeded, 1, Most);

        // One error without a descriptor for the socket, four without room for the four of the reply; each says what to do.
        Assert.InRange(errors.Count, 5, Most);
        Assert.All(errors, static error => Assert.Matches("^error (Other|NoSharedMemory): ", error));
        Assert.All(errors, static error => Assert.Contains("limit of open files", error, StringComparison.Ordinal));
        Figures.Report("resource faults injected", Most + 1);
    }

    /// <summary>
    /// The first handshake of a process makes things that all later ones share: the event queues of the runtime's sockets and of the
    /// transport. A process that had no room for those must still recover.
    /// </summary>
    [Fact]
    public async Task Client_without_descriptors_for_its_first_connection()
    {
        var path = _directory.NewSocketPath();
        await using var server = await PeerProgram.StartAsync("pressed-server", path);
        var failed = 0;
        for (var free = 0; free <= Most; free++)
        {
            await using var client = await PeerProgram.StartAsync("exchange-later", path);

            // Loads the assemblies, which takes descriptors for a moment.
            Assert.StartsWith("error ServerNotFound", await client.AskAsync("connect-nowhere"), StringComparison.Ordinal);
            ResourceLimits.LeaveDescriptors(client.Id, free);
            var answer = await client.AskAsync("connect");
            if (answer == $"connected to {server.Id}")
            {
                await client.CloseAsync();
            }
            else
            {
                // The runtime needs descriptors of its own to load what is used for the first time, and says in its own ways that it got
                // none.
                Assert.Matches("^(error Other|error NoSharedMemory|unexpected OutOfMemoryException|unexpected FileLoadException)", answer);
                failed++;
            }

            ResourceLimits.FreeDescriptors(client.Id);
            await client.ConnectAndCloseAsync(server.Id);
        }

        Assert.NotEqual(0, failed);
        Figures.Report("resource faults injected", Most + 1);
    }
}
