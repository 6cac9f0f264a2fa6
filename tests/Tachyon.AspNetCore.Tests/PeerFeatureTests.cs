using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>What a handler learns about the process at the other end.</summary>
public sealed class PeerFeatureTests
{
    [Fact]
    public async Task Handler_sees_the_process_and_the_user_of_the_caller()
    {
        var peers = new ConcurrentQueue<TachyonPeer>();
        await using var server = await TestServer.StartAsync(TransportKind.Park, Observe(feature => peers.Enqueue(feature.Peer)));
        await using var client = await HostProgram.StartAsync(HostRole.Client, TransportKind.Park, server.Path);
        await server.Probe.Call(ClientRole.CallIds[0]).Started.Within("a call of the child process");

        Assert.True(peers.TryPeek(out var peer));
        Assert.Equal(client.Id, peer.ProcessId);
        Assert.Equal(OwnId("Uid:"), peer.UserId);
        Assert.Equal(OwnId("Gid:"), peer.GroupId);
    }

    [Fact]
    public async Task Handler_sees_the_sizes_of_the_rings()
    {
        var sizes = new ConcurrentQueue<(int Send, int Receive)>();
        await using var server = await TestServer.StartAsync(
            TransportKind.Park, Observe(feature => sizes.Enqueue((feature.SendRingSize, feature.ReceiveRingSize))));

        // The client's words, from the client's side: what it sends is what the server receives.
        using var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { SendRingSize = 128 * 1024, ReceiveRingSize = 256 * 1024 });
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");

        Assert.Equal([(256 * 1024, 128 * 1024)], sizes);
    }

    [Theory]
    [OverTransports(Spin = false)]
    public async Task Only_the_transport_has_the_feature(TransportKind transport)
    {
        var features = 0;
        await using var server = await TestServer.StartAsync(transport, Observe(_ => Interlocked.Increment(ref features)));
        using var channel = server.CreateChannel();

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");

        Assert.Equal(transport.UsesSharedMemory() ? 1 : 0, features);
    }

    private static TestApplicationOptions Observe(Action<ITachyonConnectionFeature> observe) => new()
    {
        Application = app => app.Use((context, next) =>
        {
            if (context.Features.Get<ITachyonConnectionFeature>() is { } feature)
            {
                observe(feature);
            }

            return next(context);
        }),
    };

    /// <summary>The effective id of this process, from the second number of a line of its status.</summary>
    private static uint OwnId(string line)
        => uint.Parse(
            File.ReadLines("/proc/self/status").Single(text => text.StartsWith(line, StringComparison.Ordinal)).Split('\t')[2],
            CultureInfo.InvariantCulture);
}
