using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Ledgers;

/// <summary>What a server has processed.</summary>
/// <param name="Processed">For each worker of the client: how many of its messages, which it numbers from 0 on.</param>
/// <param name="Violations">Messages that came twice, not in their order, or changed.</param>
/// <param name="SocketFileLeft">The socket file is still there after the stop.</param>
public sealed record LedgerReport(IReadOnlyDictionary<int, int> Processed, IReadOnlyList<string> Violations, bool SocketFileLeft);

/// <summary>A server's record of the messages that it has processed, made before each of them is acknowledged.</summary>
public sealed class Ledger
{
    /// <summary>Message n of worker w has the index w * this + n.</summary>
    public const int MessagesOfWorker = 1_000_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, int> _processed = [];
    private readonly List<string> _violations = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The size of a message follows from its index: 64 B, often; a few KiB; now and then more than Kestrel takes at
    /// once.</summary>
    public static int SizeOf(int index) => (index % 16) switch
    {
        0 => 100_000,
        < 4 => 5_000,
        _ => 64,
    };

    public void Record(Payload payload)
    {
        var difference = Content.Difference(payload, payload.Index, SizeOf(payload.Index));
        var (worker, number) = Math.DivRem(payload.Index, MessagesOfWorker);
        lock (_lock)
        {
            var expected = _processed.GetValueOrDefault(worker);
            if (number != expected || difference is not null)
            {
                _violations.Add($"worker {worker}: message {number} came where {expected} was due; {difference}");
            }

            _processed[worker] = number + 1;
            _count++;
        }
    }

    public LedgerReport Report(string path)
    {
        lock (_lock)
        {
            return new LedgerReport(new Dictionary<int, int>(_processed), [.. _violations], File.Exists(path));
        }
    }
}
