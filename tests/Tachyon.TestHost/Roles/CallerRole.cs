using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>How the calls of a child process ended: the first status that is not OK, or the first difference in content.</summary>
public sealed record CallerReport(StatusCode Status, string Detail);

/// <summary>A client that makes a few calls of different sizes, for tests where it matters who the client is.</summary>
public static class CallerRole
{
    private static readonly int[] s_sizes = [0, 64, 65_536, 1_000_000, 5_000_000];

    internal static async Task<int> RunAsync(HostSettings settings)
    {
        Console.WriteLine(HostSettings.ReadyLine);
        var report = await CallAsync(settings);
        Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(report)}");
        return 0;
    }

    private static async Task<CallerReport> CallAsync(HostSettings settings)
    {
        // Warnings go where the errors of a child are read.
        using var loggers = LoggerFactory.Create(static logging => logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        using var channel = TestTransport.For(settings.Transport)
            .CreateChannel(settings.Path, new GrpcChannelOptions { LoggerFactory = loggers });
        var echo = new Echo.EchoClient(channel);
        try
        {
            foreach (var size in s_sizes)
            {
                var reply = await echo.UnaryAsync(Content.Create(size, size));
                if (Content.Difference(reply, size, size) is { } difference)
                {
                    return new CallerReport(StatusCode.DataLoss, difference);
                }
            }

            return new CallerReport(StatusCode.OK, string.Empty);
        }
        catch (RpcException exception)
        {
            return new CallerReport(exception.StatusCode, exception.Status.Detail);
        }
    }
}
