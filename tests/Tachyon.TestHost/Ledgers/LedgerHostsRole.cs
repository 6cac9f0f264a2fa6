using System.Globalization;
using System.Text.Json;

namespace Tachyon.TestHost.Ledgers;

/// <summary>
/// Hosts that come and go in one process, so that what is left over can only come from their stop. A command names the patience of the
/// stop ("patient", "impatient") and the messages after which it comes.
/// </summary>
internal static class LedgerHostsRole
{
    public static async Task<int> RunAsync(HostSettings settings)
    {
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            var words = command.Split(' ');
            var ledger = new Ledger();
            var timeout = words[0] == "patient" ? LedgerHost.Patient : LedgerHost.Impatient;
            await using (var app = LedgerHost.Build(settings, ledger, timeout))
            {
                await app.StartAsync();
                Console.WriteLine(HostSettings.ReadyLine);
                await LedgerHost.UnderLoadAsync(ledger, int.Parse(words[1], CultureInfo.InvariantCulture));
                await app.StopAsync();
            }

            Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(ledger.Report(settings.Path))}");
        }

        return 0;
    }
}
