using System.Text.Json;
using Microsoft.Extensions.Hosting;

namespace Tachyon.TestHost.Ledgers;

/// <summary>A server process that is stopped as an administrator does it.</summary>
internal static class LedgerServerRole
{
    private const int MessagesUnderLoad = 300;

    public static async Task<int> RunAsync(HostSettings settings)
    {
        var ledger = new Ledger();
        await using (var app = LedgerHost.Build(settings, ledger, LedgerHost.Impatient))
        {
            await app.StartAsync();
            Console.WriteLine(HostSettings.ReadyLine);
            await LedgerHost.UnderLoadAsync(ledger, MessagesUnderLoad);
            Console.WriteLine("loaded");
            await app.WaitForShutdownAsync();
        }

        Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(ledger.Report(settings.Path))}");
        return 0;
    }
}
