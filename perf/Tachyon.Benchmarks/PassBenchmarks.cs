using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;

namespace Tachyon.Benchmarks;

/// <summary>
/// One message into a connection and out of it again, by one caller: the cost of the two ends. Up to 64 KiB no side waits, so the wait mode
/// does not matter. 4 MiB overflow every ring and buffer here: the write waits for the reads.
/// </summary>
/// <remarks>Pipes copy once (into the ring, which is then shown to the reader); streams and sockets copy twice.</remarks>
public class PassBenchmarks
{
    private const int Passes = 64;

    private byte[] _message = [];
    private byte[] _received = [];
    private TachyonPair? _tachyon;
    private SocketPair? _sockets;
    private Pipe? _pipe;

    [Params(32, 1024, 64 * 1024, 4 * 1024 * 1024)]
    public int Size { get; set; }

    [GlobalSetup]
    public async Task OpenAsync()
    {
        _message = new byte[Size];
        _received = new byte[Size];
        _tachyon = await TachyonPair.ConnectAsync();
        _sockets = await SocketPair.ConnectAsync();
        _pipe = BoundedPipe.Create();
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _tachyon!.DisposeAsync();
        _sockets!.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Passes)]
    public ValueTask UnixSocket() => Transfer.StreamAsync(_sockets!.Client, _sockets.Server, _message, _received, Passes);

    [Benchmark(OperationsPerInvoke = Passes)]
    public ValueTask Pipe() => Transfer.PipeAsync(_pipe!.Writer, _pipe.Reader, _message, Passes);

    [Benchmark(OperationsPerInvoke = Passes)]
    public ValueTask TachyonPipes() => Transfer.PipeAsync(_tachyon!.Client.Output, _tachyon.Server.Input, _message, Passes);

    [Benchmark(OperationsPerInvoke = Passes)]
    public ValueTask TachyonStreams()
        => Transfer.StreamAsync(_tachyon!.Client.GetStream(), _tachyon.Server.GetStream(), _message, _received, Passes);
}
