using System.Text.Json.Serialization;

namespace FileTransfer.Shared;

/// <summary>What the client process tells its parent: a line of JSON each on its standard output.</summary>
[JsonDerivedType(typeof(NoteEvent), "note")]
[JsonDerivedType(typeof(LoadedEvent), "loaded")]
[JsonDerivedType(typeof(ProgressEvent), "progress")]
[JsonDerivedType(typeof(SocketsEvent), "sockets")]
[JsonDerivedType(typeof(RoundEvent), "round")]
internal abstract record ClientEvent;

/// <summary>Something that the user should know, such as a file that was skipped.</summary>
internal sealed record NoteEvent(string Text) : ClientEvent;

/// <summary>The files are in memory.</summary>
internal sealed record LoadedEvent(int Files, long Bytes, string[] Directories) : ClientEvent;

internal sealed record ProgressEvent(string Phase, long Done, long Total) : ClientEvent;

/// <summary>The sockets that were open in the middle of an upload.</summary>
internal sealed record SocketsEvent(Transport Transport, OpenSockets Client, OpenSockets Server) : ClientEvent
{
    [JsonIgnore]
    public bool HasDataPath => Client.Connected.Length + Server.Connected.Length > 0;
}

internal sealed record OpenSockets(string[] Connected, string[] Listening);

/// <summary>A round over one transport is measured and verified. Round 0 is the warm-up.</summary>
internal sealed record RoundEvent(int Round, RoundResult Result) : ClientEvent;

[JsonSerializable(typeof(ClientEvent))]
internal sealed partial class ClientEventContext : JsonSerializerContext;
