using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Grpc.AspNetCore.Web and Grpc.Net.Client.Web: gRPC in HTTP/1.1.</summary>
public sealed class GrpcWebTests
{
    [Theory]
    [EachTransport]
    public Task Calls_in_binary_mode_return(TransportKind kind) => CallsReturnAsync(kind, GrpcWebMode.GrpcWeb);

    [Theory]
    [EachTransport]
    public Task Calls_in_text_mode_return(TransportKind kind) => CallsReturnAsync(kind, GrpcWebMode.GrpcWebText);

    private static async Task CallsReturnAsync(TransportKind kind, GrpcWebMode mode)
    {
        var protocols = new HashSet<string>();
        await using var server = await EcosystemServer.StartAsync(
            kind,
            HttpProtocols.Http1,
            services => TestApplication.AddTestServices(services),
            app =>
            {
                app.Use((context, next) =>
                {
                    protocols.Add($"{context.Request.Protocol} {context.Request.ContentType}");
                    return next(context);
                });
                app.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
                TestApplication.MapTestServices(app);
            });
        using var channel = GrpcChannel.ForAddress(TestTransport.Address, new GrpcChannelOptions
        {
            HttpHandler = new GrpcWebHandler(mode, server.CreateHandler()),
            HttpVersion = new Version(1, 1),
            DisposeHttpClient = true,
        });
        var client = new Echo.EchoClient(channel);

        var reply = await client.UnaryAsync(Content.Create(1, 100_000)).ResponseAsync.Within();
        Assert.Null(Content.Difference(reply, 1, 100_000));

        using var call = client.Expand(new ExpandRequest { Messages = 5, Size = 10_000 });
        for (var index = 0; index < 5; index++)
        {
            Assert.True(await call.ResponseStream.MoveNext().Within());
            Assert.Null(Content.Difference(call.ResponseStream.Current, index, 10_000));
        }

        Assert.False(await call.ResponseStream.MoveNext().Within());
        Assert.Equal([$"HTTP/1.1 application/grpc-web{(mode == GrpcWebMode.GrpcWebText ? "-text" : "")}"], protocols);

        var outcome = new Outcome.OutcomeClient(channel);
        var error = await Assert.ThrowsAsync<RpcException>(
            () => outcome.UnaryAsync(new OutcomeRequest { Status = (int)StatusCode.NotFound, Detail = "no such thing" }).ResponseAsync.Within());
        Assert.Equal(new Status(StatusCode.NotFound, "no such thing"), error.Status);
    }
}
