using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Tachyon.AspNetCore;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.TestHost.Roles;

/// <summary>A server that a test kills.</summary>
internal static class ServerRole
{
    // The mode of the socket file is no matter: root may open every file.
    public static TestApplicationOptions ForRoot { get; } = new()
    {
        Services = static services => services.Configure<TachyonTransportOptions>(static options => options.AllowedUserIds.Add(0)),
    };

    public static TestApplicationOptions Successor { get; } = new()
    {
        Services = static services => services.Configure<TachyonTransportOptions>(static options => options.TakeOver = true),
    };

    public static async Task<int> RunAsync(HostSettings settings, TestApplicationOptions? options = null)
    {
        var transport = TestTransport.For(settings.Transport);
        options ??= new TestApplicationOptions();
        await using var app = TestApplication.Build(transport, settings.Path, options with
        {
            Logging = logging =>
            {
                options.Logging?.Invoke(logging);
                LogWarnings(logging);
            },
        });
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);
        await app.WaitForShutdownAsync();
        return 0;
    }

    // Standard output is for the test.
    private static void LogWarnings(ILoggingBuilder logging)
    {
        logging.AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter<ConsoleLoggerProvider>(
            static (category, level) => level >= LogLevel.Warning && category?.StartsWith("Tachyon", StringComparison.Ordinal) == true);
    }
}
