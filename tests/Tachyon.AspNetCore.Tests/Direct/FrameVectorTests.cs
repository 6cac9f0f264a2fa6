using System.Text.RegularExpressions;
using Tachyon.Frames;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>The vectors of docs/protocol-direct.md, byte for byte, against a real server.</summary>
public sealed partial class FrameVectorTests
{
    [Fact]
    public async Task Call_of_the_document_gets_the_reply_of_the_document()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Direct);
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync(VectorsOf("client"));

        List<byte> reply = [];
        foreach (var type in (FrameType[])[FrameType.Headers, FrameType.Data, FrameType.Trailers])
        {
            var (header, payload) = await client.ReceiveAsync(type);
            var bytes = new byte[FrameHeader.Size];
            header.Write(bytes);
            reply.AddRange([.. bytes, .. payload]);
        }

        Assert.Equal(Convert.ToHexString(VectorsOf("server")), Convert.ToHexString([.. reply]));
    }

    [Theory]
    [InlineData("server", "client")]
    [InlineData("client", "server")]
    public async Task Seed_of_the_fuzzer_is_the_call_of_the_document(string target, string sender)
    {
        var seed = await File.ReadAllBytesAsync(Repository.FilePath("tests", "Tachyon.Fuzz", "corpus", target, "call"));
        Assert.Equal(Convert.ToHexString(VectorsOf(sender)), Convert.ToHexString(seed));
    }

    private static byte[] VectorsOf(string sender)
    {
        var rows = Row().Matches(File.ReadAllText(Repository.FilePath("docs", "protocol-direct.md")));
        Assert.Equal(6, rows.Count);
        return [.. rows.Where(row => row.Groups["side"].Value == sender)
            .SelectMany(static row => Convert.FromHexString(row.Groups["bytes"].Value.Replace(" ", "", StringComparison.Ordinal)))];
    }

    [GeneratedRegex(@"(?m)^\| (?<side>client|server) [^|]+ \| `(?<bytes>[0-9a-f ]+)` \|")]
    private static partial Regex Row();
}
