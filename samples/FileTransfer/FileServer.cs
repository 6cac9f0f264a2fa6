using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FileTransfer;

/// <summary>The server process: one Kestrel, one service, two endpoints.</summary>
internal static class FileServer
{
    // A name that no directory has by accident.
    public const string Command = "__server";

    /// <summary>The line on standard output after which both endpoints accept connections.</summary>
    public const string ReadyLine = "ready";

    public static async Task RunAsync(string socketDirectory)
    {
        SocketTable.RememberInherited();
        var builder = WebApplication.CreateSlimBuilder();
        Transports.Listen(builder.WebHost, socketDirectory);

        // To standard error, which the parent shows when something fails.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddGrpc(grpc => grpc.EnableDetailedErrors = true);
        builder.Services.AddSingleton<ReceivedFiles>();

        await using var app = builder.Build();
        app.MapGrpcService<FileStoreService>();
        await app.StartAsync();
        Parent.Attach(app.Lifetime);
        Console.WriteLine(ReadyLine);
        await app.WaitForShutdownAsync();
    }
}

/// <summary>The service of both endpoints. Nothing in it depends on the transport of a call.</summary>
internal sealed class FileStoreService(ReceivedFiles store) : FileStore.FileStoreBase
{
    public override Task<PrepareReply> Prepare(PrepareRequest request, ServerCallContext context)
    {
        store.Reset(request.Bytes);
        return Task.FromResult(new PrepareReply());
    }

    public override async Task<UploadReply> Upload(IAsyncStreamReader<FilePart> requestStream, ServerCallContext context)
    {
        await store.AddAsync(requestStream, context.CancellationToken);
        return new UploadReply();
    }

    public override async Task Download(
        DownloadRequest request, IServerStreamWriter<FilePart> responseStream, ServerCallContext context)
    {
        foreach (var part in store.Files.SelectMany(file => file.ToParts()))
        {
            await responseStream.WriteAsync(part, context.CancellationToken);
        }
    }

    public override Task<TransferSummary> Summarize(SummaryRequest request, ServerCallContext context) =>
        Task.FromResult(StoredFile.Summarize(store.Files));

    public override Task<EchoMessage> Echo(EchoMessage request, ServerCallContext context) => Task.FromResult(request);

    public override Task<UsageReply> GetUsage(UsageRequest request, ServerCallContext context) =>
        Task.FromResult(new UsageReply { Microseconds = (long)Environment.CpuUsage.TotalTime.TotalMicroseconds });

    public override Task<SocketReport> ListSockets(SocketsRequest request, ServerCallContext context) =>
        Task.FromResult(SocketTable.Read());
}
