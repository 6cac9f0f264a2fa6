namespace Tachyon.Tool.Tests.Support;

/// <summary>What Debian's tshark makes of a capture.</summary>
internal static class Tshark
{
    /// <summary>As Wireshark calls a port that is to be decoded as HTTP/2 also without its first bytes.</summary>
    internal const string AsHttp2 = "tcp.port==8080,http2";

    private static readonly string[] s_directMode = ["-X", $"lua_script:{Repository.FilePath("tools", "wireshark", "tachyon_direct.lua")}"];

    /// <summary>The lines that tshark prints.</summary>
    internal static async Task<string[]> ReadAsync(string file, params string[] arguments)
    {
        var run = await ChildProgram.RunAsync("tshark", ["-r", file, .. arguments]);
        Assert.True(run.ExitCode == 0, $"tshark ended with {run.ExitCode}: {run.Errors}");
        Assert.DoesNotContain("Lua:", run.Errors, StringComparison.Ordinal);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The values of one field in the packets that have it; several of one packet are separated by commas.</summary>
    internal static Task<string[]> FieldAsync(string file, string field, params string[] arguments)
        => ReadAsync(file, ["-Y", field, "-T", "fields", "-e", field, .. arguments]);

    /// <summary>The values of grpc-status, for which tshark has no field of its own.</summary>
    internal static async Task<string[]> GrpcStatusesAsync(string file)
    {
        var lines = await ReadAsync(
            file,
            "-Y", "http2.header.name == \"grpc-status\"", "-T", "fields", "-E", "aggregator=|", "-e", "http2.header.name", "-e", "http2.header.value");
        return
        [
            .. lines.Select(static line => line.Split('\t'))
                .SelectMany(static columns => columns[0].Split('|').Zip(columns[1].Split('|')))
                .Where(static header => header.First == "grpc-status")
                .Select(static header => header.Second),
        ];
    }

    /// <summary>As <see cref="FieldAsync"/>, with the dissector of direct mode.</summary>
    internal static Task<string[]> DirectFieldAsync(string file, string field) => FieldAsync(file, field, s_directMode);

    /// <summary>What Wireshark's analysis of TCP finds wrong: lost segments, overlaps, reused ports.</summary>
    internal static Task<string[]> ProblemsAsync(string file) => ReadAsync(
        file,
        "-Y", "tcp.analysis.flags || _ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0",
        "-o", "tcp.check_checksum:TRUE",
        "-o", "ip.check_checksum:TRUE");
}
