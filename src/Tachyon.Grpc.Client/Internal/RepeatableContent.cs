using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>The messages of a gRPC call, which HttpClient may ask for twice.</summary>
/// <remarks>
/// SocketsHttpHandler (.NET 10) sends a request again, by itself, which a server has not processed before its GOAWAY (RFC 9113, section
/// 6.8). The content of Grpc.Net.Client does not expect that. What a streaming call has written goes to the first connection only: the
/// second has a call without messages, which hangs, or ends with a wrong answer. So does a unary call with a retry policy. Before 2.84 two
/// readings at one time also shared a buffer (grpc-dotnet issue 2760). Here the second one gets the whole body, or fails as a lost
/// connection does, with Unavailable, which a retry policy repeats.
/// <para>Not for calls in direct mode: <see cref="Direct.ClientStream"/> counts the bytes of a body anyway, and compares them.</para>
/// </remarks>
internal sealed class RepeatableContent : HttpContent
{
    private readonly HttpContent _content;
    private Task? _first;

    private RepeatableContent(HttpContent content, MediaTypeHeaderValue type)
    {
        _content = content;
        Headers.ContentType = type;
        if (content.Headers.NonValidated is { Count: > 1 } all)
        {
            foreach (var header in all)
            {
                if (header.Key != "Content-Type")
                {
                    Headers.TryAddWithoutValidation(header.Key, header.Value);
                }
            }
        }
    }

    /// <summary>Makes the body of a gRPC call safe to send again.</summary>
    internal static void Use(HttpRequestMessage request)
    {
        if (request.Content is { } content and not RepeatableContent
            && content.Headers.ContentType is { MediaType: "application/grpc" } type)
        {
            request.Content = new RepeatableContent(content, type);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        => _first is null
            ? _first = SendAsync(stream, context, cancellationToken)
            : RepeatAsync(stream, context, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Headers.ContentLength ?? -1;
        return length >= 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Without the exception in which CopyToAsync wraps some failures: HttpClient shows them as they are.</summary>
    private async Task SendAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            await _content.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException or ObjectDisposedException)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException);
        }
    }

    private async Task RepeatAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // A call that is still being written, or a message that the first connection did not take.
        if (!_first!.IsCompletedSuccessfully)
        {
            throw NotRepeated();
        }

        using var body = new MemoryStream();
        await SendAsync(body, context, cancellationToken).ConfigureAwait(false);
        if (body.Length == 0)
        {
            throw NotRepeated();
        }

        await stream.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), cancellationToken).ConfigureAwait(false);
    }

    private static IOException NotRepeated()
        => new("The server ended the connection before it processed the call: make the call again, or give the channel a retry policy.");
}
