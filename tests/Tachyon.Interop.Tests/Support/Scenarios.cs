using System.Globalization;
using System.Security.Cryptography;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.Interop.Tests.Support;

/// <summary>What a script has to print, line by line: every scenario by its name, with the answers that only this side can judge.</summary>
internal static class Scenarios
{
    private const int MiB = 1024 * 1024;

    /// <param name="who">What the server says about the connection of the script.</param>
    public static IReadOnlyList<string> Expected(string who) =>
    [
        .. ExpectedOfSmallClient(who),
        "gzip: ok",
        "many-at-once: ok",
    ];

    /// <summary>As above, of a client that neither compresses nor keeps to the server's limit on calls.</summary>
    public static IReadOnlyList<string> ExpectedOfSmallClient(string who) =>
    [
        $"who: ok {who}",
        "unary: ok",
        $"client-stream: ok {Summary(12, 1000)}",
        $"server-stream: ok {Expanded(12, 1000)}",
        "duplex: ok",
        "empty-message: ok",
        "unary-4MiB: ok",
        $"client-stream-4MiB: ok {Summary(3, 4 * MiB)}",
        $"server-stream-4MiB: ok {Expanded(3, 4 * MiB)}",
        "duplex-4MiB: ok",
        "metadata: ok",
        "every-status: ok",
        "status-message: ok",
        "status-details: ok",
        "errors-of-every-kind: ok",
        "unknown-method: ok",
        "deadline: ok",
        "deadline-reaches-server: ok",
        "cancellation: ok",
    ];

    public static void AssertPrinted(IReadOnlyList<string> expected, string printed)
    {
        var lines = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] wrong = [.. expected.Except(lines).Select(line => $"missing: {line}"), .. lines.Except(expected)];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    /// <summary>What the server says of a stream of the scripts' pattern.</summary>
    private static string Summary(int messages, int size)
    {
        var checksum = Content.EmptyChecksum;
        for (var index = 0; index < messages; index++)
        {
            var data = new byte[size];
            for (var at = 0; at < size; at++)
            {
                data[at] = (byte)(((at % 251) + index) % 251);
            }

            checksum = Content.Checksum(checksum, new Payload { Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(data) });
        }

        return string.Create(CultureInfo.InvariantCulture, $"{messages} {(long)messages * size} {checksum}");
    }

    /// <summary>What a script says of a stream of the server.</summary>
    private static string Expanded(int messages, int size)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var index = 0; index < messages; index++)
        {
            hash.AppendData(Content.Create(index, size).Data.Span);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{messages} {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }
}
