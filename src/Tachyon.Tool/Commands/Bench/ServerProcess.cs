using System.Diagnostics;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>This program again, as the server of one rival.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    internal static async Task<ServerProcess> StartAsync(Rival rival, string path, TachyonWaitMode mode, CancellationToken cancellationToken)
    {
        // Under the dotnet host the program is the host's first argument.
        string[] program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ServerProcess).Assembly.Location] : [];
        string[] arguments = [.. program, BenchServerCommand.Name, rival.Name, path, "--mode", mode.ToString()];
        var server = new ServerProcess(Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
        try
        {
            string? line = await server._process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(s_limit, cancellationToken).ConfigureAwait(false);
            return line == BenchServerCommand.ReadyLine
                ? server
                : throw new ToolException($"The server process of '{rival.Name}' did not start; what it printed above says why.");
        }
        catch (Exception exception)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw exception is TimeoutException
                ? new ToolException($"The server process of '{rival.Name}' did not start within {s_limit.TotalSeconds:0} s.", exception)
                : exception;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Not killed, if it can be helped: the runtime would leave its diagnostic pipes behind.
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
