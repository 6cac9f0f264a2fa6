using System.Globalization;
using System.Text.Json;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>A hostile process, and what it did.</summary>
internal sealed class Attacker : IAsyncDisposable
{
    private readonly ChildProgram _program;
    private readonly TimeSpan _limit;

    private Attacker(ChildProgram program, int mutations)
    {
        _program = program;

        // The attacker waits for a victim nowhere but in the handshake, and there each wait has a limit of its own.
        _limit = TimeSpan.FromMinutes(2) + (mutations * TimeSpan.FromMilliseconds(50));
    }

    /// <summary>Of all tests of this run; TACHYON_SEED repeats one.</summary>
    internal static int Seed { get; } = TestSize.Of("TACHYON_SEED", Environment.TickCount & 0xFFFFFF);

    internal sealed record Deeds(int Connections, IReadOnlyDictionary<string, int> Mutations);

    internal static async Task<Attacker> StartAsync(string role, string path, string traffic, int mutations, string upstream = "")
    {
        var argument = string.Create(CultureInfo.InvariantCulture, $"{traffic} {mutations} {Seed} {upstream}").TrimEnd();
        var program = ChildProgram.Start("Tachyon.TestPeer", [role, path, nameof(TachyonWaitMode.Park), argument]);
        Assert.Equal("ready", await program.ReadLineAsync());
        return new Attacker(program, mutations);
    }

    internal async Task<Deeds> FinishAsync()
    {
        var line = await _program.ReadLineAsync(_limit);
        Assert.True(line is not null && line.StartsWith("done ", StringComparison.Ordinal), $"The attacker (seed {Seed}) said: {line} {_program.Errors}");
        return JsonSerializer.Deserialize<Deeds>(line["done ".Length..])!;
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
