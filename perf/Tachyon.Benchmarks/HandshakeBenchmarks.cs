using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Tachyon.Transport;

namespace Tachyon.Benchmarks;

/// <summary>Connect, accept, and close both ends. A Tachyon handshake adds shared memory and its descriptors to a Unix socket.</summary>
/// <remarks>The Unix socket connects and accepts on one thread without a wait; the sides of a Tachyon handshake exchange
/// messages.</remarks>
public class HandshakeBenchmarks
{
    private readonly TachyonEndPoint _endPoint = new(SocketName.Next());
    private readonly UnixDomainSocketEndPoint _socketEndPoint = new("\0" + SocketName.Next()[1..]);
    private readonly Socket _listening = SocketPair.NewSocket();
    private TachyonListener? _listener;

    [GlobalSetup]
    public void Open()
    {
        _listening.Bind(_socketEndPoint);
        _listening.Listen();
        _listener = TachyonListener.Listen(_endPoint);
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        _listening.Dispose();
        await _listener!.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public async Task UnixSocket()
    {
        using var pair = await SocketPair.ConnectAsync(_listening, _socketEndPoint);
    }

    [Benchmark]
    public async Task Tachyon()
    {
        await using var client = await TachyonConnection.ConnectAsync(_endPoint.Path);
        await using var server = (await _listener!.AcceptAsync())!;
    }
}
