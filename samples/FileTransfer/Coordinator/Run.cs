using System.Text.Json;
using FileTransfer.Server;
using FileTransfer.Shared;

namespace FileTransfer.Coordinator;

/// <summary>Starts the two processes and listens to the client until it is done.</summary>
internal sealed class Run(RunOptions options, Action<ClientEvent> onEvent)
{
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        using var directory = new PrivateDirectory();

        // Fails now, with a clear message, when the paths are too long.
        _ = Endpoints.In(directory.Path);

        await using var server = ChildProcess.Start("server", CommandLine.ServerArguments(directory.Path));
        if (await server.ReadLineAsync(cancellationToken) != ServerProcess.ReadyLine)
        {
            throw await server.FailureAsync();
        }

        await using var client = ChildProcess.Start("client", CommandLine.ClientArguments(directory.Path, options));
        var listening = ListenAsync(client, cancellationToken);

        try
        {
            // A client without its server might wait for long.
            if (await Task.WhenAny(listening, server.Exited) == server.Exited)
            {
                throw await server.FailureAsync();
            }

            await listening;
            await client.StopAsync(cancellationToken);
        }
        catch (SampleException) when (server.Exited.IsCompleted)
        {
            // The client may have been faster to fail than its server to die. The cause is in the words of the server.
            throw await server.FailureAsync();
        }

        await server.StopAsync(cancellationToken);
    }

    private async Task ListenAsync(ChildProcess client, CancellationToken cancellationToken)
    {
        while (await client.ReadLineAsync(cancellationToken) is { } line)
        {
            onEvent(JsonSerializer.Deserialize(line, ClientEventContext.Default.ClientEvent)!);
        }
    }
}
