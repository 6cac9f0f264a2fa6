using Microsoft.Extensions.Logging;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>What a victim has seen so far. Its counts are those of the log (server) or of the outcomes of calls (client).</summary>
public sealed record VictimReport(IReadOnlyDictionary<string, int> Counts, IReadOnlyCollection<string> Errors, long Checked);

/// <summary>A server that hostile clients attack. Reports what it logged, on command.</summary>
internal static class VictimServerRole
{
    public static async Task<int> RunAsync(HostSettings settings)
    {
        var errors = VictimCommands.WatchUnobserved();
        using var logs = new LogTally();
        await using var app = TestApplication.Build(
            TestTransport.For(settings.Transport),
            settings.Path,
            new TestApplicationOptions { Logging = logging => logging.AddProvider(logs) });
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);
        await VictimCommands.AnswerAsync(() => new VictimReport(logs.Counts, errors, 0));
        return 0;
    }
}
