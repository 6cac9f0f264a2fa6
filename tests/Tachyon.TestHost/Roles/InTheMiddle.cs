using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Roles;

/// <summary>Calls of every kind in every state, and a channel that is disposed in the middle of them.</summary>
internal static class InTheMiddle
{
    private const int LargeSize = 64 * 1024;

    /// <summary>Disposes the channel; returns how each call ended, as "kind: status" or "kind: exception".</summary>
    public static async Task<IReadOnlyList<string>> DisposeAsync(GrpcChannel channel, int number)
    {
        var hold = new Hold.HoldClient(channel);
        var flow = new Flow.FlowClient(channel);
        var echo = new Echo.EchoClient(channel);

        var waiting = hold.UnaryAsync(new Payload());
        var blocked = hold.ClientStream();
        var flood = flow.Flood(new FloodRequest { Size = LargeSize });
        var unread = flow.Flood(new FloodRequest { Size = LargeSize });
        var both = flow.Both();
        var large = echo.UnaryAsync(Content.Create(number, 1_000_000));
        var blockedWrites = 0;
        var floodReads = 0;
        List<Task<string>> ends =
        [
            EndAsync("waiting unary", waiting.ResponseAsync),
            EndAsync("large unary", large.ResponseAsync),
            EndAsync("unread request stream", blocked.ResponseAsync),
            EndAsync("write to an unread request stream", WriteAsync(blocked.RequestStream, () => blockedWrites++)),
            EndAsync("response stream", ReadAsync(flood.ResponseStream, () => floodReads++)),
            EndAsync("write of both", WriteAsync(both.RequestStream, static () => { })),
            EndAsync("read of both", ReadAsync(both.ResponseStream, static () => { })),
        ];

        // At the very start, in the middle of connecting, and with streams half-way and a writer that is blocked.
        if (number % 4 != 0)
        {
            while (ends.TrueForAll(static end => !end.IsCompleted) && (floodReads < number % 32 || blockedWrites < number % 8))
            {
                await Task.Delay(1);
            }
        }

        if (number % 3 == 0)
        {
            await Task.Run(channel.Dispose);
        }
        else
        {
            channel.Dispose();
        }

        ends.Add(EndAsync("unread response stream", ReadAsync(unread.ResponseStream, static () => { })));
        ends.Add(EndAsync("call after the disposal", Task.Run(async () => await echo.UnaryAsync(new Payload()))));
        return await Task.WhenAll(ends);
    }

    private static async Task<string> EndAsync(string kind, Task call)
    {
        try
        {
            await call;
            return $"{kind}: OK";
        }
        catch (RpcException exception)
        {
            // gRPC's own handler was disposed just before it sent: the same as a call on a disposed channel, in other words.
            return exception is { StatusCode: StatusCode.Internal, Status.DebugException: ObjectDisposedException disposed }
                ? $"{kind}: {disposed.GetType().Name}"
                : $"{kind}: {exception.StatusCode}";
        }
#pragma warning disable CA1031 // Whatever it is, the test judges it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return $"{kind}: {exception.GetType().Name}";
        }
    }

    private static async Task WriteAsync(IClientStreamWriter<Payload> requests, Action written)
    {
        while (true)
        {
            await requests.WriteAsync(Content.Create(0, LargeSize));
            written();
        }
    }

    private static async Task ReadAsync(IAsyncStreamReader<Payload> responses, Action read)
    {
        while (await responses.MoveNext(CancellationToken.None))
        {
            read();
        }
    }
}
