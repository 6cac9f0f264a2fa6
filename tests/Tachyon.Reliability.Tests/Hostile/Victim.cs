using System.Text.Json;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>A process under attack, and what it reports of itself.</summary>
internal sealed class Victim : IAsyncDisposable
{
    private readonly ChildProgram _program;

    private Victim(ChildProgram program) => _program = program;

    internal int Id => _program.Id;

    internal sealed record Report(IReadOnlyDictionary<string, int> Ends, IReadOnlyList<string> Errors, long Checked);

    internal static Task<Victim> StartPeerAsync(string role, string path, TachyonWaitMode mode, string argument)
        => StartAsync(ChildProgram.Start("Tachyon.TestPeer", [role, path, mode.ToString(), argument]));

    internal static Task<Victim> StartHostAsync(HostRole role, string path, TransportKind kind)
        => StartAsync(HostProgram.Start(role, kind, path));

    internal async Task<Report> ReportAsync()
    {
        _program.Send("collect");
        var line = await _program.ReadLineAsync() ?? throw new InvalidOperationException($"The victim is dead: {_program.Errors}");
        using var json = JsonDocument.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..]);
        var root = json.RootElement;
        var ends = root.TryGetProperty("Ends", out var value) ? value : root.GetProperty("Counts");
        return new Report(
            ends.Deserialize<Dictionary<string, int>>()!,
            root.GetProperty("Errors").Deserialize<List<string>>()!,
            root.GetProperty("Checked").GetInt64());
    }

    internal void AssertAlive() => Assert.False(_program.HasExited, $"The victim is dead: {_program.Errors}");

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static async Task<Victim> StartAsync(ChildProgram program)
    {
        Assert.Equal("ready", await program.ReadLineAsync());
        return new Victim(program);
    }
}
