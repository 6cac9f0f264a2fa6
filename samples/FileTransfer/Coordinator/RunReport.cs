using FileTransfer.Shared;

namespace FileTransfer.Coordinator;

/// <summary>What the client said about a run, gathered for the table at its end.</summary>
internal sealed class RunReport
{
    private readonly List<RoundResult> _rounds = [];
    private readonly Dictionary<Transport, SocketsEvent> _sockets = [];

    public LoadedEvent? Loaded { get; private set; }

    public int Rounds => _rounds.Count(round => round.Transport == Transport.UnixSocket);

    public void Add(ClientEvent clientEvent)
    {
        switch (clientEvent)
        {
            case LoadedEvent loaded:
                Loaded = loaded;
                break;
            case SocketsEvent sockets:
                _sockets[sockets.Transport] = sockets;
                break;

            // Round 0 is the warm-up.
            case RoundEvent { Round: > 0 } round:
                _rounds.Add(round.Result);
                break;
        }
    }

    public SocketsEvent SocketsOf(Transport transport) => _sockets[transport];

    /// <summary>The median over the rounds: one that a neighbor on the machine disturbed does not count.</summary>
    public double Median(Transport transport, Func<RoundResult, double> column)
    {
        double[] values = [.. _rounds.Where(round => round.Transport == transport).Select(column).Order()];
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
