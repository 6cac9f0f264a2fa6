using System.Collections.Concurrent;
using Grpc.Core;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>
/// A client with two channels: one to a server through which it is attacked, one to an honest server. The path is both, with a bar
/// between. Reports the outcomes of its calls, on command.
/// </summary>
internal static class VictimClientRole
{
    public static async Task<int> RunAsync(HostSettings settings)
    {
        var errors = VictimCommands.WatchUnobserved();
        var outcomes = new ConcurrentDictionary<string, int>();
        var calls = 0L;
        var paths = settings.Path.Split('|');
        var transport = TestTransport.For(settings.Transport);
        _ = Task.Run(() => CallAsync(paths[0], (status, _) => outcomes.AddOrUpdate(status.ToString(), 1, static (_, count) => count + 1)));
        _ = Task.Run(() => CallAsync(paths[1], (status, detail) =>
        {
            Interlocked.Increment(ref calls);
            if (status != StatusCode.OK)
            {
                errors.Enqueue($"honest channel: {status} {detail}");
            }
        }));
        Console.WriteLine(HostSettings.ReadyLine);
        await VictimCommands.AnswerAsync(() => new VictimReport(outcomes, errors, Volatile.Read(ref calls)));
        return 0;

        async Task CallAsync(string path, Action<StatusCode, string> report)
        {
            using var channel = transport.CreateChannel(path);
            var echo = new Echo.EchoClient(channel);
            for (var index = 0; ; index++)
            {
                try
                {
                    var size = index * 997 % 20_000;
                    var reply = await echo.UnaryAsync(Content.Create(index, size), deadline: DateTime.UtcNow.AddSeconds(20));
                    var difference = Content.Difference(reply, index, size);
                    report(difference is null ? StatusCode.OK : StatusCode.DataLoss, difference ?? string.Empty);
                }
                catch (RpcException exception)
                {
                    report(exception.StatusCode, exception.Status.Detail);
                    if (exception.StatusCode == StatusCode.Unavailable && !File.Exists(path))
                    {
                        // No hostile server yet, or it has had enough.
                        await Task.Delay(5);
                    }
                }
                catch (Exception exception)
                {
                    errors.Enqueue($"not an RpcException: {exception}");
                }
            }
        }
    }
}
