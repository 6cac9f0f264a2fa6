using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Fixtures;

/// <summary>Compares contents byte by byte, and says where they differ instead of printing them.</summary>
internal static class PayloadAssert
{
    public static void Is(Payload actual, int index, int size)
    {
        if (Content.Difference(actual, index, size) is { } difference)
        {
            Assert.Fail(difference);
        }
    }

    /// <summary>The summary of the messages <c>Create(0, size)</c> to <c>Create(messages - 1, size)</c>.</summary>
    public static void Is(Summary actual, int messages, int size)
    {
        var expected = new Summary { Messages = messages, Bytes = (long)messages * size, Checksum = Content.EmptyChecksum };
        for (var index = 0; index < messages; index++)
        {
            expected.Checksum = Content.Checksum(expected.Checksum, Content.Create(index, size));
        }

        Assert.Equal(expected, actual);
    }
}
