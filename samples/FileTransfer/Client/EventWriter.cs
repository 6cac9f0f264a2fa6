using System.Text.Json;
using FileTransfer.Shared;

namespace FileTransfer.Client;

/// <summary>Tells the parent process what happens. Safe to use from several threads.</summary>
internal static class EventWriter
{
    // The console's writer flushes each line and lets one thread write at a time.
    public static void Write(ClientEvent clientEvent) =>
        Console.WriteLine(JsonSerializer.Serialize(clientEvent, ClientEventContext.Default.ClientEvent));
}
