using Grpc.Core;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Headers and trailers cross unchanged in both directions, whatever their size.</summary>
public sealed class MetadataTests
{
    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Ascii_and_binary_metadata_return_as_headers_and_trailers(TransportKind transport)
    {
        var binary = Enumerable.Range(0, 256).Select(static value => (byte)value).ToArray();
        await RoundTripAsync(transport, new Metadata
        {
            { MetadataEcho.HeaderPrefix + "text", "a value, with spaces = and \"quotes\"" },
            { MetadataEcho.HeaderPrefix + "data-bin", binary },
            { MetadataEcho.TrailerPrefix + "text", "the end" },
            { MetadataEcho.TrailerPrefix + "data-bin", binary },
        });
    }

    // 8 KiB is past the first block of many buffers. Two large values are past a HTTP/2 frame, so that CONTINUATION frames follow.
    [Theory]
    [OverTransports(8 * 1024, (8 * 1024) + 1, 12 * 1024, Invoker = true)]
    public async Task Large_metadata_returns_as_headers_and_trailers(TransportKind transport, int size)
    {
        var text = string.Create(size, size, static (span, length) =>
        {
            for (var at = 0; at < length; at++)
            {
                span[at] = (char)('a' + (at % 26));
            }
        });
        var binary = new byte[4 * 1024];
        new Random(size).NextBytes(binary);
        await RoundTripAsync(transport, new Metadata
        {
            { MetadataEcho.HeaderPrefix + "large", text },
            { MetadataEcho.HeaderPrefix + "large-bin", binary },
            { MetadataEcho.TrailerPrefix + "large", text[..(size / 2)] },
        });
    }

    [Theory]
    [OverTransports]
    public async Task Headers_come_before_the_first_message_of_a_stream(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var sent = new Metadata { { MetadataEcho.HeaderPrefix + "early", "yes" }, { MetadataEcho.TrailerPrefix + "late", "yes" } };

        using var call = new Echo.EchoClient(channel).Duplex(sent);
        var headers = await call.ResponseHeadersAsync.Within("the headers of a stream without messages so far");

        Assert.Equal("yes", headers.GetValue(MetadataEcho.HeaderPrefix + "early"));
        await call.RequestStream.CompleteAsync().Within("the end of the client's stream");
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).Within("the end of the server's stream"));
        Assert.Equal("yes", call.GetTrailers().GetValue(MetadataEcho.TrailerPrefix + "late"));
    }

    private static async Task RoundTripAsync(TransportKind transport, Metadata sent)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        using var call = new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, 100), sent);
        var headers = await call.ResponseHeadersAsync.Within("the response headers");
        PayloadAssert.Is(await call.ResponseAsync.Within("the reply"), 1, 100);

        AssertSame(sent, headers, MetadataEcho.HeaderPrefix);
        AssertSame(sent, call.GetTrailers(), MetadataEcho.TrailerPrefix);
    }

    private static void AssertSame(Metadata sent, Metadata received, string prefix)
        => Assert.Equal(Entries(sent, prefix), Entries(received, prefix));

    private static IEnumerable<string> Entries(Metadata metadata, string prefix)
        => from entry in metadata
           where entry.Key.StartsWith(prefix, StringComparison.Ordinal)
           let value = entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value
           orderby entry.Key
           select $"{entry.Key}={value}";
}
