using FileTransfer.Protocol;
using FileTransfer.Shared;

namespace FileTransfer.Client;

/// <summary>Reports the sockets that both processes have open while a transfer runs.</summary>
internal static class SocketCheck
{
    public static async Task RunAsync(Transport transport, FileStore.FileStoreClient client)
    {
        var server = await client.ListSocketsAsync(new SocketsRequest());
        EventWriter.Write(new SocketsEvent(transport, ToEvent(SocketTable.Read()), ToEvent(server)));
    }

    private static OpenSockets ToEvent(SocketReport report) => new([.. report.Connected], [.. report.Listening]);
}
