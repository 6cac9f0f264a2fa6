using System.Collections.Frozen;
using Grpc.Core;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>Reads the headers and trailers of responses as gRPC, and HttpClient below it, read them.</summary>
internal static class ResponseFields
{
    /// <summary>The standard trailers.</summary>
    internal static readonly KeyValuePair<string, string>[] StatusOk = [new("grpc-status", "0")];

    // HttpResponseMessage takes no status of more than three digits.
    private const int MaxStatus = 999;

    // Those that belong to the protocol, and those that HttpClient keeps apart with the content.
    private static readonly FrozenSet<string> s_notMetadata = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "grpc-status", "grpc-message", "grpc-encoding", "grpc-accept-encoding",
        "allow", "content-disposition", "content-encoding", "content-language", "content-length", "content-location", "content-md5",
        "content-range", "content-type", "expires", "last-modified");

    internal static KeyValuePair<string, string>[] Read(ReadOnlySpan<byte> payload)
    {
        var block = new HeaderBlock(payload);
        return ReadRest(ref block);
    }

    internal static KeyValuePair<string, string>[] ReadRest(ref HeaderBlock block)
    {
        List<KeyValuePair<string, string>> pairs = [];
        while (!block.IsAtEnd)
        {
            pairs.Add(new(block.ReadName(), block.ReadValue()));
        }

        return [.. pairs];
    }

    /// <exception cref="FrameException">It is no status of HTTP.</exception>
    internal static int ReadStatus(ref HeaderBlock block)
    {
        var status = block.ReadNumber();
        return status <= MaxStatus
            ? status
            : throw new FrameException(FrameErrorCode.ProtocolError, $"a response has the status {status}");
    }

    /// <returns>Null where it is not there.</returns>
    /// <exception cref="InvalidOperationException">It is there more than once.</exception>
    internal static string? Find(KeyValuePair<string, string>[] fields, string name, bool isFirstEnough = false)
    {
        string? found = null;
        foreach (var field in fields)
        {
            if (!field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (found is not null)
            {
                throw new InvalidOperationException($"Multiple {name} headers.");
            }

            found = field.Value;
            if (isFirstEnough)
            {
                break;
            }
        }

        return found;
    }

    /// <exception cref="InvalidOperationException">The status is there more than once, or is no number.</exception>
    internal static bool TryGetStatus(KeyValuePair<string, string>[] fields, out Status status)
    {
        status = default;
        if (fields == StatusOk)
        {
            status = Status.DefaultSuccess;
            return true;
        }

        if (Find(fields, "grpc-status") is not { } code)
        {
            return false;
        }

        if (!int.TryParse(code, out var number))
        {
            throw new InvalidOperationException($"Unexpected grpc-status value: {code}");
        }

        status = new Status((StatusCode)number, Uri.UnescapeDataString(Find(fields, "grpc-message") ?? ""));
        return true;
    }

    /// <exception cref="FormatException">A binary value is not in base64.</exception>
    internal static Metadata ToMetadata(KeyValuePair<string, string>[] fields)
    {
        var metadata = new Metadata();

        // As HttpClient gives them: values of one name together.
        foreach (var values in fields.GroupBy(static field => field.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (s_notMetadata.Contains(values.Key))
            {
                continue;
            }

            foreach ((var name, var value) in values)
            {
                if (name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
                {
                    // Padding is optional on the wire.
                    metadata.Add(name, Convert.FromBase64String(value.PadRight((value.Length + 3) / 4 * 4, '=')));
                }
                else
                {
                    metadata.Add(name, value);
                }
            }
        }

        return metadata;
    }
}
