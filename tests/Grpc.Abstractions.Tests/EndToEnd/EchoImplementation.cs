using Grpc.Abstractions.Tests.Echo;
using Grpc.Core;

namespace Grpc.Abstractions.Tests.EndToEnd;

/// <summary>Answers with what it was asked, and with the request's headers where the text names one.</summary>
public sealed class EchoImplementation : EchoService.EchoServiceBase
{
    public override async Task<EchoReply> Unary(EchoRequest request, ServerCallContext context)
    {
        switch (request.Text)
        {
            case "headers":
                var headers = new Metadata();
                foreach (var entry in context.RequestHeaders)
                {
                    if (entry.Key.StartsWith("x-", StringComparison.Ordinal))
                    {
                        headers.Add(entry);
                        context.ResponseTrailers.Add(entry);
                    }
                }

                await context.WriteResponseHeadersAsync(headers);
                break;
            case "authorization":
                return new EchoReply { Text = context.RequestHeaders.GetValue("authorization") ?? "none" };
            case "fail":
                throw new RpcException(
                    new Status(StatusCode.NotFound, "no such echo"),
                    new Metadata { { "x-text", "why" }, { "x-blob-bin", [0, 255, 7] } });
            case "status":
                context.Status = new Status(StatusCode.DataLoss, "set, not thrown");
                break;
            case "throw":
                throw new InvalidOperationException("not for the client");
            case "context":
                return new EchoReply { Text = $"{context.Method} {context.Deadline == DateTime.MaxValue}" };
            case "wait":
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                break;
            default:
                break;
        }

        return new EchoReply { Text = request.Text };
    }

    public override async Task<EchoReply> ClientStreaming(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var texts = new List<string>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            texts.Add(request.Text);
        }

        return new EchoReply { Text = string.Join(',', texts) };
    }

    public override async Task ServerStreaming(
        EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(new EchoReply { Text = $"{request.Text}{i}" }, context.CancellationToken);
        }
    }

    public override async Task DuplexStreaming(
        IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext())
        {
            await responseStream.WriteAsync(new EchoReply { Text = requestStream.Current.Text });
        }
    }
}
