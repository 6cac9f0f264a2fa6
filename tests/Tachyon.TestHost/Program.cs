using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Ledgers;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Soak;

// The child process of the tests. What to do comes in environment variables (HostSettings); standard input is the leash:
// when the parent closes it, or dies, this process ends. Lines on it are commands.
var settings = HostSettings.FromEnvironment();
ParentWatcher.Hold();

return settings.Role switch
{
    HostRole.Server => await ServerRole.RunAsync(settings),
    HostRole.Successor => await ServerRole.RunAsync(settings, ServerRole.Successor),
    HostRole.RestartLoad => await RestartLoadRole.RunAsync(settings),
    HostRole.CountingServer => await ServerRole.RunAsync(settings, HandlerCount.OfProcess.Options),
    HostRole.Client => await ClientRole.RunAsync(settings),
    HostRole.Caller => await CallerRole.RunAsync(settings),
    HostRole.VictimServer => await VictimServerRole.RunAsync(settings),
    HostRole.VictimClient => await VictimClientRole.RunAsync(settings),
    HostRole.Cycles => await CyclesRole.RunAsync(settings),
    HostRole.LedgerServer => await LedgerServerRole.RunAsync(settings),
    HostRole.LedgerHosts => await LedgerHostsRole.RunAsync(settings),
    HostRole.LedgerLoad => await LedgerLoadRole.RunAsync(settings),
    HostRole.Disposer => await DisposerRole.RunAsync(settings),
    HostRole.SoakServer => await SoakServerRole.RunAsync(settings),
    HostRole.SoakClient => await SoakClientRole.RunAsync(settings),
    HostRole.Load => await LoadRole.RunAsync(settings),
    HostRole.CommandedLoad => await CommandedLoadRole.RunAsync(settings),
    HostRole.StarvedServer => await StarvedServerRole.RunAsync(settings),
    HostRole.ServerForRoot => await ServerRole.RunAsync(settings, ServerRole.ForRoot),
    HostRole.CallersServer => await ServerRole.RunAsync(settings, CallersApplication.ForUnmappedUsers),
    HostRole.Asker => await AskerRole.RunAsync(settings),
    _ => throw new InvalidOperationException($"No such role: {settings.Role}."),
};
