using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>What a server makes for one connection: the shared memory, two doorbells, and a lifeline. Not thread-safe.</summary>
internal sealed class ConnectionParts
{
    private readonly SafeFileHandle _memory;
    private Doorbell? _ownRinger;
    private Doorbell? _clientSleeper;
    private Lifeline? _clientLifeline;

    private ConnectionParts(SafeFileHandle memory) => _memory = memory;

    internal SharedRegion Region { get; private set; } = null!;

    internal Doorbell OwnDoorbell { get; private set; } = null!;

    internal Doorbell ClientDoorbell { get; private set; } = null!;

    internal Lifeline Lifeline { get; private set; } = null!;

    /// <summary>What the client gets: the memory, a ringer for our doorbell, its own doorbell, and its end of the lifeline.</summary>
    internal SafeFileHandle[] OfClient => [_memory, _ownRinger!.Descriptor, _clientSleeper!.Descriptor, _clientLifeline!.Descriptor];

    /// <param name="capacity0">Bytes of ring 0.</param>
    /// <param name="capacity1">Bytes of ring 1.</param>
    /// <param name="path">Where the server listens.</param>
    /// <param name="betweenUsers">The kind of the doorbells.</param>
    /// <exception cref="IOException">Out of descriptors or memory: all is closed again.</exception>
    /// <exception cref="OutOfMemoryException">As above.</exception>
    internal static ConnectionParts Create(int capacity0, int capacity1, string path, bool betweenUsers)
    {
        var parts = new ConnectionParts(SharedRegion.CreateMemory(capacity0, capacity1, path));
        try
        {
            (parts.OwnDoorbell, parts._ownRinger) = Doorbell.Create(betweenUsers);
            (parts._clientSleeper, parts.ClientDoorbell) = Doorbell.Create(betweenUsers);
            (parts.Lifeline, parts._clientLifeline) = Lifeline.Create();
            parts.Region = SharedRegion.Map(parts._memory, capacity0, capacity1);
            return parts;
        }
        catch
        {
            parts.Close();
            throw;
        }
    }

    /// <summary>
    /// Closes what only the client needs, after it was sent. Our copy of its end of the lifeline would keep that alive beyond the client.
    /// </summary>
    internal void CloseThoseOfClient()
    {
        _memory.Dispose();
        _clientLifeline?.Dispose();
        if (_ownRinger != OwnDoorbell)
        {
            _ownRinger?.Dispose();
        }

        if (_clientSleeper != ClientDoorbell)
        {
            _clientSleeper?.Dispose();
        }
    }

    /// <summary>Closes all. Idempotent but for <see cref="Region"/>.</summary>
    internal void Close()
    {
        CloseThoseOfClient();
        OwnDoorbell?.Dispose();
        ClientDoorbell?.Dispose();
        Lifeline?.Dispose();
        Region?.Release();
    }
}
