using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Ledgers;

/// <summary>What one worker of the load has seen.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Kind">The kind of its calls.</param>
/// <param name="Sent">Messages that it has begun to send.</param>
/// <param name="Acknowledged">Messages whose answer it has seen.</param>
/// <param name="Status">How its last call ended.</param>
/// <param name="Detail">The same in words.</param>
public sealed record WorkerReport(int Number, string Kind, int Sent, int Acknowledged, StatusCode Status, string Detail);

/// <summary>Makes calls of one kind, one after the other, with numbered messages, until one fails.</summary>
internal sealed class LedgerWorker(int number, GrpcChannel channel, bool endless)
{
    private static readonly string[] s_kinds = ["unary", "collect", "expand", "duplex"];

    private readonly Echo.EchoClient _echo = new(channel);
    private int _sent;
    private int _acknowledged;
    private StatusCode _status;
    private string _detail = "";

    private string Kind => s_kinds[number % s_kinds.Length];

    public WorkerReport Report() => new(number, Kind, _sent, _acknowledged, _status, _detail);

    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await (Kind switch
                {
                    "unary" => UnaryAsync(),
                    "collect" => CollectAsync(),
                    "expand" => ExpandAsync(),
                    _ => DuplexAsync(),
                });
            }
        }
        catch (RpcException exception)
        {
            _status = exception.StatusCode;
            _detail = exception.Status.ToString();
        }
    }

    private Payload Next()
    {
        var index = (number * Ledger.MessagesOfWorker) + _sent++;
        return Content.Create(index, Ledger.SizeOf(index));
    }

    private void Acknowledge(Payload answer)
    {
        var index = (number * Ledger.MessagesOfWorker) + _acknowledged;
        if (Content.Difference(answer, index, Ledger.SizeOf(index)) is { } difference)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, difference));
        }

        _acknowledged++;
    }

    private async Task UnaryAsync() => Acknowledge(await _echo.UnaryAsync(Next()));

    private async Task CollectAsync()
    {
        const int Messages = 8;
        using var call = _echo.Collect();
        var checksum = Content.EmptyChecksum;
        for (var count = 0; endless || count < Messages; count++)
        {
            var message = Next();
            checksum = Content.Checksum(checksum, message);
            if (!await Requests.TryWriteAsync(call.RequestStream, message))
            {
                break;
            }
        }

        await Requests.TryCompleteAsync(call.RequestStream);
        var summary = await call;
        if (summary.Messages != _sent - _acknowledged || summary.Checksum != checksum)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, $"{summary.Messages} of {_sent - _acknowledged} messages collected"));
        }

        _acknowledged = _sent;
    }

    private async Task ExpandAsync()
    {
        const int Size = 5_000;
        var messages = endless ? int.MaxValue : 20;
        using var call = _echo.Expand(new ExpandRequest { Messages = messages, Size = Size });
        var index = 0;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (Content.Difference(call.ResponseStream.Current, index++, Size) is { } difference)
            {
                throw new RpcException(new Status(StatusCode.DataLoss, difference));
            }
        }

        // A side that completes a call has sent all of it.
        if (index != messages)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, $"{index} of {messages} messages, and then an end in order"));
        }
    }

    private async Task DuplexAsync()
    {
        // Several messages ahead of the answers, as conversations are.
        const int Ahead = 16;
        using var call = _echo.Duplex();
        using var window = new SemaphoreSlim(Ahead);
        var first = _acknowledged;
        var messages = endless ? int.MaxValue : 30;
        var writing = WriteAsync();
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                Acknowledge(call.ResponseStream.Current);
                window.Release();
            }

            if (_acknowledged - first != messages)
            {
                throw new RpcException(new Status(StatusCode.DataLoss, $"{_acknowledged - first} of {messages} answers, and then an end in order"));
            }
        }
        finally
        {
            // A writer that waits for answers learns that there will be none.
            window.Release(Ahead);
            await writing;
        }

        async Task WriteAsync()
        {
            for (var count = 0; count < messages; count++)
            {
                await window.WaitAsync();
                if (!await Requests.TryWriteAsync(call.RequestStream, Next()))
                {
                    return;
                }
            }

            await Requests.TryCompleteAsync(call.RequestStream);
        }
    }
}
