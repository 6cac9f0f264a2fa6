using System.Globalization;

namespace Tachyon.Transport.Internal.Capture;

/// <summary>How much a capture keeps.</summary>
/// <param name="SnapLength">Bytes kept of each packet, headers included; from <see cref="MinSnapLength"/>.</param>
/// <param name="FileSize">Bytes of a file before the next one begins.</param>
/// <param name="Files">Files that are kept: the oldest is deleted.</param>
internal sealed record CaptureLimits(int SnapLength, long FileSize, int Files)
{
    internal const int MinSnapLength = TcpPacket.MaxHeaderSize;
    internal const int MaxSnapLength = 262_144;
    internal const int MinFileMegabytes = 1;
    internal const int MaxFileMegabytes = 1_000_000;
    internal const int MaxFiles = 10_000;
    internal const int DefaultFileMegabytes = 100;
    internal const int DefaultFiles = 10;

    private const long Megabyte = 1_000_000;

    internal static CaptureLimits Default { get; } = new(MaxSnapLength, DefaultFileMegabytes * Megabyte, DefaultFiles);

    internal static long BytesOf(int megabytes) => megabytes * Megabyte;

    /// <summary>Reads <c>PATH</c>, or <c>PATH;snaplen=BYTES;size=MEGABYTES;files=NUMBER</c>.</summary>
    /// <exception cref="FormatException">It has another form; the message says which part.</exception>
    internal static (string Path, CaptureLimits Limits) Parse(string text)
    {
        var parts = text.Split(';', StringSplitOptions.TrimEntries);
        if (parts[0].Length == 0)
        {
            throw new FormatException("it has no path.");
        }

        var limits = Default;
        foreach (var part in parts.Skip(1).Where(static part => part.Length > 0))
        {
            var (name, value) = part.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Trim()) : (part, "");
            limits = name switch
            {
                "snaplen" => limits with { SnapLength = Number(part, value, MinSnapLength, MaxSnapLength) },
                "size" => limits with { FileSize = Number(part, value, MinFileMegabytes, MaxFileMegabytes) * Megabyte },
                "files" => limits with { Files = Number(part, value, 1, MaxFiles) },
                _ => throw new FormatException($"'{part}' is none of snaplen=BYTES, size=MEGABYTES and files=NUMBER."),
            };
        }

        return (parts[0], limits);
    }

    private static int Number(string part, string value, int least, int most)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"'{part}' needs a number from {least} to {most}.");
}
