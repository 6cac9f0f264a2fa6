using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Samples;
using ScaleOut.Protos;
using Tachyon.Grpc.Client;

namespace ScaleOut.Client;

/// <summary>A client. Its configuration alone has the address of the server and the transport: Server.</summary>
internal static class ClientProgram
{
    private const int Rolls = 20;
    private const int Streams = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"))
            .AddCommandLine(args)
            .Build();
        var server = configuration["Server"] ?? throw new SampleException("The configuration has no value 'Server'.");

        using var channel = TachyonChannel.ForAddress(server);
        var dice = new Dice.DiceClient(channel);
        try
        {
            var replies = new List<RollReply>();
            for (var roll = 0; roll < Rolls; roll++)
            {
                replies.Add(await dice.RollAsync(new RollRequest { Dice = 2 }, deadline: Soon()));
            }

            for (var stream = 0; stream < Streams; stream++)
            {
                using var call = dice.RollMany(new RollRequest { Dice = 5 }, deadline: Soon());
                await foreach (var reply in call.ResponseStream.ReadAllAsync())
                {
                    replies.Add(reply);
                }
            }

            foreach (var answered in replies.GroupBy(reply => (reply.ProcessId, reply.Connection)))
            {
                var (process, connection) = answered.Key;
                Console.WriteLine($"{answered.Count()} answers from process {process}, which was asked over {connection}");
            }

            return 0;
        }
        catch (RpcException exception)
        {
            throw new SampleException($"A call to {server} failed, {exception.StatusCode}: {exception.Status.Detail}");
        }
    }

    private static DateTime Soon() => DateTime.UtcNow.AddSeconds(10);
}
