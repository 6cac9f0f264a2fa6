extern alias client;

using System.Net.Http.Headers;
using client::Tachyon.Grpc.Client.Internal.Direct;

namespace Tachyon.Fuzz;

/// <summary>
/// A connection of a client with four calls: on stream 1 a call that is sent as a whole, on stream 3 one that has more to send, on
/// stream 5 one whose response is not read, on stream 7 one without an HTTP request. The server's bytes are the responses.
/// </summary>
internal sealed class ClientSide : ISide
{
    private readonly List<ResponseReader> _calls = [];

    internal ClientSide(FuzzPipes pipes)
    {
        var connection = new ClientConnection(pipes, pipes, maxWindow: 0, static _ => { });
        _calls.Add(new ResponseReader(Begin(connection, new ByteArrayContent(new byte[5]))));
        _calls.Add(new ResponseReader(Begin(connection, new UnfinishedContent())));
        _ = Begin(connection, new ByteArrayContent(new byte[5]));
        Begin(connection.TryOpenUnary("/tachyon.test.Echo/Unary")!);
        connection.Start();
    }

    // The read loop of the connection has run in the write to its pipe.
    public void Receive() => _calls.ForEach(static call => call.Read());

    private static Task<HttpResponseMessage> Begin(ClientConnection connection, HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/tachyon.test.Echo/Unary") { Content = content };

        // As Grpc.Net.Client: the calls without an HTTP request take them from here.
        request.Headers.TryAddWithoutValidation("User-Agent", "fuzz");
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation("grpc-accept-encoding", "identity");
        return connection.TryOpen(request)!.SendAsync(refused: null, CancellationToken.None);
    }

    // Its message is not read: that throws for a bad one, and a thrown exception is a finding.
    private static void Begin(UnaryExchange exchange)
    {
        exchange.Writer.Begin(maxSize: 0);
        exchange.Writer.Complete([]);
        _ = exchange.TryWriteHeaders(null, null);
        exchange.Send(maxReceived: 64 * 1024);
    }

    /// <summary>Reads a response as far as it has come, without a thread that waits.</summary>
    private sealed class ResponseReader(Task<HttpResponseMessage> response)
    {
        private readonly byte[] _buffer = new byte[64];
        private Stream? _body;
        private ValueTask<int> _pending;
        private bool _isPending;
        private bool _isEnded;

        internal void Read()
        {
            if (!response.IsCompletedSuccessfully)
            {
                return;
            }

            _body ??= response.Result.Content.ReadAsStream();
            while (!_isEnded)
            {
                if (!_isPending)
                {
#pragma warning disable CA2012 // Consumed once, when it is complete: a task, or a wait, would complete on the thread pool.
                    _pending = _body.ReadAsync(_buffer);
#pragma warning restore CA2012
                }

                _isPending = !_pending.IsCompleted;
                if (_isPending)
                {
                    return;
                }

                _isEnded = !_pending.IsCompletedSuccessfully || _pending.Result == 0;
            }
        }
    }

    /// <summary>Sends the first bytes of a request, and never the rest.</summary>
    private sealed class UnfinishedContent : HttpContent
    {
        private readonly TaskCompletionSource _rest = new();

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(new byte[5]);
            await stream.FlushAsync();
            await _rest.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
