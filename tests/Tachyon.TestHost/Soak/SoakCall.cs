using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Soak;

/// <summary>One call of the soak, of a random kind and size. It has a deadline far beyond its time, or is cut short on purpose.</summary>
internal sealed class SoakCall(GrpcChannel channel, Random random)
{
    private const int LargestMessage = 4 * 1024 * 1024;
    private const int LargestCall = 2 * LargestMessage;
    private const int MostMessages = 10;

    /// <summary>CANCEL (RFC 9113, section 7).</summary>
    private const long Cancel = 8;

    /// <summary>A wake-up that is lost never comes; a busy machine takes seconds at most.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly Echo.EchoClient _echo = new(channel);
    private readonly Hold.HoldClient _hold = new(channel);
    private readonly int _index = random.Next();

    // As many of 1 to 2 bytes as of 2 to 4 MiB.
    private readonly int _size = (int)Math.Exp(random.NextDouble() * Math.Log(LargestMessage)) - 1;
    private readonly int _kind = random.Next(20);

    /// <summary>The call was not to succeed.</summary>
    public bool IsCutShort => _kind < 2;

    private int Messages => (_index % Math.Clamp(LargestCall / (_size + 1), 1, MostMessages)) + 1;

    private static CallOptions Options => new(deadline: DateTime.UtcNow + s_deadline);

    public override string ToString() => $"kind {_kind}, {Messages} messages of {_size:N0} B";

    /// <returns>Bytes that went there and back.</returns>
    public Task<long> RunAsync() => _kind switch
    {
        0 => CancelAsync(),
        1 => ExpireAsync(),
        < 11 => UnaryAsync(),
        < 14 => CollectAsync(),
        < 17 => ExpandAsync(),
        _ => DuplexAsync(),
    };

    private async Task<long> CancelAsync()
    {
        using var source = new CancellationTokenSource(random.Next(10));
        using var call = _hold.Duplex(Options.WithCancellationToken(source.Token));
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Cancelled
            || exception.Status.DebugException is IOException { Message: "The request was aborted.", InnerException: null })
        {
            // The second is a cancellation that met the start of a read (grpc/grpc-dotnet#1214), over any transport.
            return 0;
        }

        throw new InvalidOperationException("A cancelled call came to an end in order.");
    }

    private async Task<long> ExpireAsync()
    {
        try
        {
            await _hold.UnaryAsync(new Payload(), deadline: DateTime.UtcNow.AddMilliseconds(random.Next(1, 30)));
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.DeadlineExceeded
            || (exception.StatusCode == StatusCode.Cancelled
                && exception.Status.DebugException?.GetBaseException() is HttpProtocolException { ErrorCode: Cancel }))
        {
            // The second: the server's deadline came first, before it had the request's message. It sends the status and resets the stream,
            // and HttpClient, which is just sending that message, reports the reset.
            return 0;
        }

        throw new InvalidOperationException("A call that is never answered was answered.");
    }

    private async Task<long> UnaryAsync()
    {
        Check(await _echo.UnaryAsync(Content.Create(_index, _size), Options), _index);
        return 2 * _size;
    }

    private async Task<long> CollectAsync()
    {
        using var call = _echo.Collect(Options);
        var checksum = Content.EmptyChecksum;
        for (var number = 0; number < Messages; number++)
        {
            var message = Content.Create(number, _size);
            checksum = Content.Checksum(checksum, message);
            if (!await Requests.TryWriteAsync(call.RequestStream, message))
            {
                break;
            }
        }

        await Requests.TryCompleteAsync(call.RequestStream);
        var summary = await call;
        if (summary.Messages != Messages || summary.Checksum != checksum)
        {
            throw new InvalidDataException($"{summary.Messages} of {Messages} messages came, or others.");
        }

        return (long)Messages * _size;
    }

    private async Task<long> ExpandAsync()
    {
        using var call = _echo.Expand(new ExpandRequest { Messages = Messages, Size = _size }, Options);
        var number = 0;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            Check(call.ResponseStream.Current, number++);
        }

        return number == Messages ? (long)Messages * _size : throw new InvalidDataException($"{number} of {Messages} messages came.");
    }

    private async Task<long> DuplexAsync()
    {
        using var call = _echo.Duplex(Options);
        for (var number = 0; number < Messages; number++)
        {
            await Requests.TryWriteAsync(call.RequestStream, Content.Create(number, _size));
            if (!await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                throw new InvalidDataException($"The conversation ended after {number} of {Messages} messages.");
            }

            Check(call.ResponseStream.Current, number);
        }

        await Requests.TryCompleteAsync(call.RequestStream);
        return !await call.ResponseStream.MoveNext(CancellationToken.None)
            ? 2L * Messages * _size
            : throw new InvalidDataException("A message too many.");
    }

    private void Check(Payload actual, int index)
    {
        if (Content.Difference(actual, index, _size) is { } difference)
        {
            throw new InvalidDataException(difference);
        }
    }
}
