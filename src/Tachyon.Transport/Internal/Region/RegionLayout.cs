namespace Tachyon.Transport.Internal.Region;

/// <summary>
/// The layout of the shared region, version <see cref="Version"/>. Every offset of the project is derived here, and the tests pin them.
/// </summary>
/// <remarks>
/// <code>
///   file offset                                          written by      read by
///   0x00000  identity line (128 bytes)                   server, once    tools only; neither peer decides by it
///              +0x00 u32 magic "TACH"
///              +0x04 u32 layout version
///              +0x08 u64 capacity of ring 0, bytes
///              +0x10 u64 capacity of ring 1, bytes
///              +0x18 u32 pid of the server as it sees itself
///              +0x1C u32 pid of the client as the server sees it
///              +0x20 u32 features of the protocol on top that both agreed on
///   0x00080  reuse line (128 bytes), see ReusableMemory
///              +0x00 u64 number             server, once    client       under which the server keeps it; 0 = it does not
///              +0x08 u32 released           client          server       1 = the client has ended its use
///              +0x0C u32 release awaited    server          client       1 = the server waits for that
///   0x00100  control block of ring 0 (client to server), 0x300 bytes
///   0x00400  control block of ring 1 (server to client), 0x300 bytes
///              +0x000 u64 tail             producer        consumer     bytes ever written
///              +0x080 u32 producer state   producer        consumer     0 open, 1 finished (FIN), 2 reset (RST)
///              +0x100 u64 space wanted     both            both         the producer's sleep word
///              +0x180 u64 head             consumer        producer     bytes ever read
///              +0x200 u32 consumer state   consumer        producer     0 open, 1 closed
///              +0x280 u32 data wanted      both            both         the consumer's sleep word
///   0x00700  statistics line of the client (128 bytes)   that side       tools only; neither peer reads it
///   0x00780  statistics line of the server (128 bytes)   that side       tools only; neither peer reads it
///              +0x00 u32 1 + wait mode (1 adaptive, 2 park, 3 spin); 0 = this side keeps no statistics
///              +0x04 u32 pid as this side sees itself
///              +0x08 u64 parks: waits that began while no thread polled
///              +0x10 u64 wake-ups sent: doorbells rung
///              +0x18 u64 wake-ups received: rings of the doorbell
///              +0x20 u64 when this side began: nanoseconds of CLOCK_MONOTONIC; 0 = unknown
///   0x10000  bytes of ring 0
///   0x10000 + capacity 0   bytes of ring 1
///
///   address space of each process, in three mappings of the file (each line is one mapping):
///   [ header | ring 0         ]
///   [          ring 0 (again) | ring 1         ]
///   [                           ring 1 (again) ]
/// </code>
/// <para>Each word has 128 bytes of its own: two cache lines, because x86 prefetches lines in pairs and some Arm cores have lines of
/// 128 bytes. All are in the first 4 KiB, so an idle connection touches one page of the header. The header is 64 KiB of (untouched)
/// address space so that the rings start on a page of any kernel's page size.</para>
/// <para>A position is a byte count that only grows; its place in the ring is the position modulo the capacity (a power of two). Each
/// ring is mapped twice back to back, so that any span of up to a capacity of bytes is contiguous.</para>
/// <para>Bump <see cref="Version"/> with any change of an offset, a width, a meaning or a state value. Words may be added in unused
/// space without a bump only if a peer that does not know them stays correct. See docs/protocol.md.</para>
/// </remarks>
internal static class RegionLayout
{
    /// <summary>Of the memfd; a colon and the path of the server's socket may follow. Tools find connections by it.</summary>
    internal const string MemoryName = "tachyon";

    internal const uint Magic = 0x48434154; // "TACH" in memory, little endian
    internal const uint Version = 1;

    internal const int Line = 128;

    // Identity
    internal const int MagicOffset = 0;
    internal const int VersionOffset = MagicOffset + sizeof(uint);
    internal const int Capacity0Offset = VersionOffset + sizeof(uint);
    internal const int Capacity1Offset = Capacity0Offset + sizeof(ulong);
    internal const int ServerProcessIdOffset = Capacity1Offset + sizeof(ulong);
    internal const int ClientProcessIdOffset = ServerProcessIdOffset + sizeof(uint);
    internal const int ApplicationFeaturesOffset = ClientProcessIdOffset + sizeof(uint);

    // Reuse by the next connection
    internal const int ReuseNumber = Line;
    internal const int ReuseReleased = ReuseNumber + sizeof(ulong);
    internal const int ReuseAwaited = ReuseReleased + sizeof(uint);

    // Control blocks
    internal const int ControlBlock0 = 2 * Line;
    internal const int ControlBlockSize = 6 * Line;
    internal const int ControlBlock1 = ControlBlock0 + ControlBlockSize;
    internal const int Tail = 0 * Line;
    internal const int ProducerState = 1 * Line;
    internal const int SpaceWanted = 2 * Line;
    internal const int Head = 3 * Line;
    internal const int ConsumerState = 4 * Line;
    internal const int DataWanted = 5 * Line;

    // Statistics, one line for each side
    internal const int ClientStatistics = ControlBlock1 + ControlBlockSize;
    internal const int ServerStatistics = ClientStatistics + Line;
    internal const int StatisticsMode = 0;
    internal const int StatisticsProcessId = StatisticsMode + sizeof(uint);
    internal const int StatisticsParks = StatisticsProcessId + sizeof(uint);
    internal const int StatisticsWakeUpsSent = StatisticsParks + sizeof(ulong);
    internal const int StatisticsWakeUpsReceived = StatisticsWakeUpsSent + sizeof(ulong);
    internal const int StatisticsStarted = StatisticsWakeUpsReceived + sizeof(ulong);

    /// <summary>All words of the header are before it.</summary>
    internal const int LinesEnd = ServerStatistics + Line;

    internal const int HeaderSize = 64 * 1024;

    internal const int MinCapacity = 64 * 1024;
    internal const int MaxCapacity = 256 * 1024 * 1024;

    internal static long FileSize(int capacity0, int capacity1) => (long)HeaderSize + capacity0 + capacity1;

    internal static bool IsValidCapacity(long capacity)
        => capacity is >= MinCapacity and <= MaxCapacity && (capacity & (capacity - 1)) == 0;
}

/// <summary>The states of the producer of a ring. Any other value is a violation of the protocol.</summary>
internal static class ProducerStates
{
    internal const uint Open = 0;

    /// <summary>FIN: all was written; what is in the ring is still to be read, then comes the end.</summary>
    internal const uint Finished = 1;

    /// <summary>RST: the producer gave up; the consumer fails with a reset.</summary>
    internal const uint Reset = 2;
}

/// <summary>The states of the consumer of a ring.</summary>
internal static class ConsumerStates
{
    internal const uint Open = 0;
    internal const uint Closed = 1;
}
