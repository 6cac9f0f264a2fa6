using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Each side chooses its wait mode for itself: every pair has to get along.</summary>
public sealed class MixedModeTests
{
    private static readonly TransportKind[] s_modes = [TransportKind.Adaptive, TransportKind.Park, TransportKind.Spin];

    public static TheoryData<TransportKind, TransportKind> Pairs
    {
        get
        {
            var pairs = new TheoryData<TransportKind, TransportKind>();
            foreach (var server in s_modes)
            {
                foreach (var client in s_modes.Where(client => client != server))
                {
                    pairs.Add(server, client);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Sides_of_different_modes_converse(TransportKind serverMode, TransportKind clientMode)
    {
        await using var server = await TestServer.StartAsync(serverMode);
        using var channel = TestTransport.For(clientMode).CreateChannel(server.Path);
        var echo = new Echo.EchoClient(channel);

        using var call = echo.Duplex();
        for (var index = 0; index < 500; index++)
        {
            var size = index % 10 == 0 ? 100_000 : 64;
            await call.RequestStream.WriteAsync(Content.Create(index, size)).Within($"write {index}");
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"answer {index}"));
            PayloadAssert.Is(call.ResponseStream.Current, index, size);
        }

        // With pauses, in which the side that parks does so.
        for (var index = 0; index < 20; index++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2));
            PayloadAssert.Is(await echo.UnaryAsync(Content.Create(index, 64)).ResponseAsync.Within($"call {index}"), index, 64);
        }
    }
}
