using Grpc.Core;
using Tachyon.Perf.Service;

namespace Tachyon.Perf.Scenarios;

/// <summary>Streams: a ping-pong over one duplex call, and bulk in one direction.</summary>
internal static class StreamScenarios
{
    internal static Scenario PingPong()
    {
        Payload payload = Payloads.Create(64);
        return new Scenario("ping-pong 64 B", "streams", 1, 1, async run =>
        {
            using AsyncDuplexStreamingCall<Payload, Payload> call = run.Clients[0].PingPong();
            await run.LoopAsync(async _ =>
            {
                await call.RequestStream.WriteAsync(payload);
                await call.ResponseStream.MoveNext(default);
            });
            await call.RequestStream.CompleteAsync();
        });
    }

    internal static Scenario Download(int size)
        => new($"download {AllScenarios.Size(size)}", "streams", 1, 0, async run =>
        {
            var request = new DownloadRequest { Size = size, Count = MessagesPerCall(size) };
            while (!run.Over)
            {
                using AsyncServerStreamingCall<Payload> call = run.Clients[0].Download(request);
                while (await call.ResponseStream.MoveNext(default))
                {
                    run.AddMessages(1, call.ResponseStream.Current.Data.Length);
                }
            }
        });

    internal static Scenario Upload(int size)
    {
        Payload payload = Payloads.Create(size);
        int count = MessagesPerCall(size);
        return new Scenario($"upload {AllScenarios.Size(size)}", "streams", 1, 0, async run =>
        {
            while (!run.Over)
            {
                using AsyncClientStreamingCall<Payload, UploadReply> call = run.Clients[0].Upload();
                for (int i = 0; i < count; i++)
                {
                    await call.RequestStream.WriteAsync(payload);
                }

                await call.RequestStream.CompleteAsync();
                run.AddMessages(count, (await call).Bytes);
            }
        });
    }

    // Long enough that the call itself does not count, short enough that a round ends in time.
    private static int MessagesPerCall(int size) => Math.Min(5_000, (32 << 20) / size);
}
