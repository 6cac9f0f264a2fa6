using FileTransfer.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FileTransfer.Server;

/// <summary>The server: one Kestrel, one service, two endpoints.</summary>
internal static class ServerProcess
{
    /// <summary>The line on standard output that says that both endpoints accept connections.</summary>
    public const string ReadyLine = "ready";

    public static async Task RunAsync(Endpoints endpoints)
    {
        using var lifeline = new ParentLifeline();
        SocketTable.RememberInherited();

        // Slim, and without arguments or files: nothing in this directory or its environment configures a measurement.
        var builder = WebApplication.CreateSlimBuilder();
        Transports.Listen(builder.WebHost, endpoints);

        // To standard error, which the parent shows when something fails.
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        // Without a limit because a summary names every file.
        builder.Services.AddGrpc(grpc =>
        {
            grpc.EnableDetailedErrors = true;
            grpc.MaxReceiveMessageSize = null;
        });
        builder.Services.AddSingleton<UploadedFiles>();

        await using var app = builder.Build();
        app.MapGrpcService<FileStoreService>();
        await app.StartAsync(lifeline.ParentGone);
        Console.WriteLine(ReadyLine);

        await Task.Delay(Timeout.Infinite, lifeline.ParentGone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.StopAsync();
    }
}
