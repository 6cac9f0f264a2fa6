using System.Collections.Concurrent;
using System.IO.Compression;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Compressed messages cross in both directions.</summary>
public sealed class CompressionTests
{
    [Theory]
    [OverTransports(Spin = false)]
    public async Task Gzip_messages_return_as_they_were(TransportKind transport)
    {
        var encodings = new ConcurrentQueue<string>();
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Grpc = grpc =>
            {
                grpc.ResponseCompressionAlgorithm = "gzip";
                grpc.ResponseCompressionLevel = CompressionLevel.Fastest;
            },
            Application = app => app.Use(async (context, next) =>
            {
                await next(context);
                encodings.Enqueue($"{context.Request.Headers["grpc-encoding"]}/{context.Response.Headers["grpc-encoding"]}");
            }),
        });
        using var channel = server.CreateChannel();

        // What asks Grpc.Net.Client to compress the messages of a call.
        var headers = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        var compressible = new Payload { Data = ByteString.CopyFrom(new byte[1024 * 1024]) };
        var random = Content.Create(1, 200_000);
        using var call = new Echo.EchoClient(channel).Duplex(headers);
        foreach (var payload in new[] { compressible, random, new Payload() })
        {
            await call.RequestStream.WriteAsync(payload).Within("a compressed write");
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within("a compressed answer"));
            Assert.Equal(payload, call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync().Within("the end of the client's stream");
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).Within("the end of the call"));
        await Watchdog.Until(() => !encodings.IsEmpty, "the end of the call in the server");
        Assert.Equal(["gzip/gzip"], encodings);
    }
}
