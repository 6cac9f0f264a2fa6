using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Calls;

/// <summary>gRPC in all its kinds through the proxy: over TCP and a Unix socket to a Tachyon service, and over Tachyon to another
/// one.</summary>
[Trait("Category", "Long")]
public sealed class ProxyCallTests
{
    private const int Large = 5_000_000;

    [Theory]
    [InlineData("tcp")]
    [InlineData("unix")]
    [InlineData("tachyon")]
    public async Task All_kinds_of_calls_work(string scheme)
    {
        await using var service = await Service.StartAsync(scheme);
        using var channel = service.CreateChannel();
        var echo = new Echo.EchoClient(channel);

        foreach (var size in new[] { 0, 64, Large })
        {
            Assert.Null(Content.Difference(await echo.UnaryAsync(Content.Create(size, size)).ResponseAsync.Within(), size, size));
        }

        using (var collect = echo.Collect())
        {
            var sum = Content.EmptyChecksum;
            for (var index = 0; index < 100; index++)
            {
                var payload = Content.Create(index, index * 500);
                sum = Content.Checksum(sum, payload);
                await collect.RequestStream.WriteAsync(payload).Within();
            }

            await collect.RequestStream.CompleteAsync().Within();
            var summary = await collect.ResponseAsync.Within();
            Assert.Equal((100, sum), (summary.Messages, summary.Checksum));
        }

        using (var expand = echo.Expand(new ExpandRequest { Messages = 100, Size = 30_000 }))
        {
            for (var index = 0; index < 100; index++)
            {
                Assert.True(await expand.ResponseStream.MoveNext().Within());
                Assert.Null(Content.Difference(expand.ResponseStream.Current, index, 30_000));
            }

            Assert.False(await expand.ResponseStream.MoveNext().Within());
        }

        using var duplex = await Service.OpenCallAsync(channel);
        for (var index = 1; index < 100; index++)
        {
            await Service.EchoAsync(duplex, index);
        }

        await duplex.RequestStream.CompleteAsync().Within();
        Assert.False(await duplex.ResponseStream.MoveNext().Within());
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tachyon")]
    public async Task Statuses_deadlines_and_cancellation_come_through(string scheme)
    {
        await using var service = await Service.StartAsync(scheme);
        using var channel = service.CreateChannel();
        var request = new OutcomeRequest { Status = (int)StatusCode.AlreadyExists, Detail = "said by the service" };
        var outcome = await Assert.ThrowsAsync<RpcException>(
            () => new Outcome.OutcomeClient(channel).UnaryAsync(request).ResponseAsync.Within());
        Assert.Equal((StatusCode.AlreadyExists, "said by the service"), (outcome.StatusCode, outcome.Status.Detail));

        var hold = new Hold.HoldClient(channel);
        var late = await Assert.ThrowsAsync<RpcException>(
            () => hold.UnaryAsync(new Payload(), deadline: DateTime.UtcNow.AddMilliseconds(50)).ResponseAsync.Within());
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);

        using var duplex = hold.Duplex();
        Assert.True(await duplex.ResponseStream.MoveNext().Within());
        duplex.Dispose();
        Assert.Null(Content.Difference(await new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, 10)).ResponseAsync.Within(), 1, 10));
    }

    [Fact]
    public async Task Ordinary_clients_come_in_at_the_path_of_tachyon_clients()
    {
        await using var service = await Service.StartAsync("tachyon");
        foreach (var client in new[] { TransportKind.Adaptive, TransportKind.UnixSocket })
        {
            using var channel = TestTransport.For(client).CreateChannel(service.Proxy.Path);
            var reply = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, 100_000)).ResponseAsync.Within();
            Assert.Null(Content.Difference(reply, 1, 100_000));
        }
    }
}
