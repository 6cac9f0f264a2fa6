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
        var rows = Row().Matches(await File.ReadAllTextAsync(Repository.FilePath("docs", "protocol-direct.md")));
        Assert.Equal(6, rows.Count);
        byte[] Bytes(string side) => [.. rows.Where(row => row.Groups["side"].Value == side)
            .SelectMany(static row => Convert.FromHexString(row.Groups["bytes"].Value.Replace(" ", "", StringComparison.Ordinal)))];
        await using var server = await TestServer.StartAsync(TransportKind.Direct);
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync(Bytes("client"));

        List<byte> reply = [];
        foreach (var type in (FrameType[])[FrameType.Headers, FrameType.Data, FrameType.Trailers])
        {
            var (header, payload) = await client.ReceiveAsync(type);
            var bytes = new byte[FrameHeader.Size];
            header.Write(bytes);
            reply.AddRange([.. bytes, .. payload]);
        }

        Assert.Equal(Convert.ToHexString(Bytes("server")), Convert.ToHexString([.. reply]));
    }

    [GeneratedRegex(@"(?m)^\| (?<side>client|server) [^|]+ \| `(?<bytes>[0-9a-f ]+)` \|")]
    private static partial Regex Row();
}
