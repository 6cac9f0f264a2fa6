using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>A client that is killed, stopped or pressed while it has a mixed load of calls in flight.</summary>
internal static class LoadRole
{
    public static async Task<int> RunAsync(HostSettings settings)
    {
        using var channel = TestTransport.For(settings.Transport).CreateChannel(settings.Path);
        using var load = MixedLoad.Start(channel, settings.Transport, settings.Path);
        await load.UnderWay;
        Console.WriteLine(HostSettings.ReadyLine);

        // Ends only with the server, or by wrong content.
        foreach (var end in await load.EndAsync())
        {
            Console.WriteLine($"{HostSettings.ResultLine} {end.Lane}: {end.Status} {end.Detail}");
        }

        return 0;
    }
}
