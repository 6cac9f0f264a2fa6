using Microsoft.Extensions.Hosting;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>A server with few threads in its pool, and handlers that block them.</summary>
public static class StarvedServerRole
{
    /// <summary>Threads in the pool, and no more.</summary>
    public const int Threads = 4;

    internal static async Task<int> RunAsync(HostSettings settings)
    {
        ThreadPool.SetMinThreads(Threads, 1);
        if (!ThreadPool.SetMaxThreads(Threads, Threads))
        {
            throw new InvalidOperationException("The pool did not take the limit.");
        }

        var options = new TestApplicationOptions { Grpc = static grpc => grpc.Interceptors.Add<BlockingHandlers>() };
        await using var app = TestApplication.Build(TestTransport.For(settings.Transport), settings.Path, options);
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);
        await app.WaitForShutdownAsync();
        return 0;
    }
}
