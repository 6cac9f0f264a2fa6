using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Tachyon.Transport;

namespace Tachyon.Benchmarks;

/// <summary>A message to the other end and back. Both ends wait, so this measures the wait mode.</summary>
/// <remarks>
/// Both ends live in this process and so share its poller or spin thread, which runs both sides of a round trip: Adaptive and Spin show
/// what a round trip costs without any change of threads. Between two processes it costs more; perf/Tachyon.Perf measures that.
/// <para>The Tachyon ends are those of gRPC: a stream at the client, pipes at the server, continuations inline. Only what a benchmark needs
/// is open while it runs, since a spinning connection would take a core from the others.</para>
/// </remarks>
public class RoundTripBenchmarks
{
    private const int RoundTrips = 256;

    private byte[] _message = [];
    private byte[] _received = [];
    private TachyonPair? _tachyon;
    private SocketPair? _sockets;
    private Pipe? _request;
    private Pipe? _reply;
    private Task _echo = Task.CompletedTask;

    [Params(32, 64 * 1024)]
    public int Size { get; set; }

    [GlobalSetup(Target = nameof(UnixSocket))]
    public async Task OpenUnixSocketAsync()
    {
        MakeMessage();
        _sockets = await SocketPair.ConnectAsync();
        _echo = Echo.StreamAsync(_sockets.Server, Size);
    }

    [GlobalSetup(Target = nameof(Pipe))]
    public void OpenPipe()
    {
        MakeMessage();
        _request = BoundedPipe.Create();
        _reply = BoundedPipe.Create();
        _echo = Echo.PipeAsync(_request.Reader, _reply.Writer);
    }

    [GlobalSetup(Target = nameof(TachyonPark))]
    public Task OpenParkAsync() => OpenTachyonAsync(TachyonWaitMode.Park);

    [GlobalSetup(Target = nameof(TachyonAdaptive))]
    public Task OpenAdaptiveAsync() => OpenTachyonAsync(TachyonWaitMode.Adaptive);

    [GlobalSetup(Target = nameof(TachyonSpin))]
    public Task OpenSpinAsync() => OpenTachyonAsync(TachyonWaitMode.Spin);

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        _sockets?.Client.Dispose();
        _request?.Writer.Complete();
        _tachyon?.Client.CompleteOutput();
        await _echo;
        _sockets?.Dispose();
        if (_tachyon is not null)
        {
            await _tachyon.DisposeAsync();
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = RoundTrips)]
    public ValueTask UnixSocket() => Transfer.StreamAsync(_sockets!.Client, _sockets.Client, _message, _received, RoundTrips);

    [Benchmark(OperationsPerInvoke = RoundTrips)]
    public ValueTask Pipe() => Transfer.PipeAsync(_request!.Writer, _reply!.Reader, _message, RoundTrips);

    [Benchmark(OperationsPerInvoke = RoundTrips)]
    public ValueTask TachyonPark() => TachyonRoundTrips();

    [Benchmark(OperationsPerInvoke = RoundTrips)]
    public ValueTask TachyonAdaptive() => TachyonRoundTrips();

    [Benchmark(OperationsPerInvoke = RoundTrips)]
    public ValueTask TachyonSpin() => TachyonRoundTrips();

    private ValueTask TachyonRoundTrips()
    {
        var client = _tachyon!.Client.GetStream();
        return Transfer.StreamAsync(client, client, _message, _received, RoundTrips);
    }

    private async Task OpenTachyonAsync(TachyonWaitMode mode)
    {
        MakeMessage();
        _tachyon = await TachyonPair.ConnectAsync(mode);
        _tachyon.Client.AllowInlineContinuations = true;
        _tachyon.Server.AllowInlineContinuations = true;
        _echo = Echo.PipeAsync(_tachyon.Server.Input, _tachyon.Server.Output);
    }

    private void MakeMessage()
    {
        _message = new byte[Size];
        _received = new byte[Size];
    }
}
