using System.Globalization;
using Google.Protobuf;
using Grpc.Core;

namespace Tachyon.Measuring;

/// <summary>Unary calls and streams over one channel, as fast as they go.</summary>
internal static class EchoScenarios
{
    internal static Scenario Unary(int size, int inFlight)
    {
        var payload = CreatePayload(size);
        return new Scenario($"unary {SizeText(size)} x{inFlight}", "unary", 1, inFlight, run =>
        {
            var client = run.Clients[0];
            return run.LoopAsync(async _ =>
            {
                var reply = await client.UnaryAsync(payload, cancellationToken: run.Canceled).ConfigureAwait(false);
                CheckBytes(reply.Data.Length, size);
            });
        });
    }

    internal static Scenario Download(int size)
        => new($"download {SizeText(size)}", "streams", 1, 0, async run =>
        {
            var request = new DownloadRequest { Size = size, Count = MessagesPerCall(size) };
            do
            {
                using var call = run.Clients[0].Download(request, cancellationToken: run.Canceled);
                var received = 0;
                while (received < request.Count && (received == 0 || !run.Over))
                {
                    var moved = await call.ResponseStream.MoveNext(run.Canceled).ConfigureAwait(false);
                    CheckBytes(moved ? call.ResponseStream.Current.Data.Length : 0, size);
                    run.AddMessages(1, size);
                    received++;
                }

                // Disposing the call cancels what is left of it.
            }
            while (!run.Over);
        });

    internal static Scenario Upload(int size)
    {
        var payload = CreatePayload(size);
        var count = MessagesPerCall(size);
        return new Scenario($"upload {SizeText(size)}", "streams", 1, 0, async run =>
        {
            do
            {
                using var call = run.Clients[0].Upload(cancellationToken: run.Canceled);
                var sent = 0;
                do
                {
                    await call.RequestStream.WriteAsync(payload, run.Canceled).ConfigureAwait(false);
                    sent++;
                }
                while (sent < count && !run.Over);

                await call.RequestStream.CompleteAsync().ConfigureAwait(false);
                var reply = await call.ResponseAsync.ConfigureAwait(false);
                CheckBytes(reply.Bytes, (long)sent * size);
                run.AddMessages(sent, reply.Bytes);
            }
            while (!run.Over);
        });
    }

    internal static Payload CreatePayload(int size) => new() { Data = UnsafeByteOperations.UnsafeWrap(new byte[size]) };

    private static string SizeText(int bytes) => bytes switch
    {
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB"),
        >= 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
    };

    // Enough that starting the call does not count.
    private static int MessagesPerCall(int size) => Math.Min(5_000, (32 << 20) / size);

    private static void CheckBytes(long actual, long expected)
    {
        if (actual != expected)
        {
            throw new MeasurementException($"The server answered with {actual} bytes instead of {expected}.");
        }
    }
}
