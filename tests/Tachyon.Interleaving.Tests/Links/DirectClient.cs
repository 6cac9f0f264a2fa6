using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Tachyon.Frames;
using Tachyon.Grpc.Client.Internal.Direct;

namespace Tachyon.Interleaving.Links;

/// <summary>A connection of a client in direct mode, and the unary calls on it.</summary>
internal sealed class DirectClient : IDuplexPipe, IAsyncDisposable
{
    private const string Path = "/service/method";

    private readonly FrameRecorder _output;

    internal DirectClient(FrameRecorder output, DirectServer input)
    {
        _output = output;
        Input = input;
        Connection = new ClientConnection(this, this, SendCredit.Initial, static _ => { });

        // Of Grpc.Net.Client: it shows what the constant headers are.
        using var model = new HttpRequestMessage(HttpMethod.Post, new Uri("http://host" + Path)) { Content = new ByteArrayContent([]) };
        model.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        Assert.True(
            model.Headers.TryAddWithoutValidation("User-Agent", "test")
            && model.Headers.TryAddWithoutValidation("TE", "trailers")
            && model.Headers.TryAddWithoutValidation("grpc-accept-encoding", "identity"));
        _ = Connection.TemplateOf(model);
    }

    public PipeReader Input { get; }

    public PipeWriter Output => _output;

    internal ClientConnection Connection { get; }

    /// <summary>How many times the pipes were given back.</summary>
    internal int Disposals { get; private set; }

    /// <summary>Calls that are not over.</summary>
    internal int OpenCalls => Open(Connection);

    /// <summary>Opens a call.</summary>
    /// <returns>Null where the connection takes no more.</returns>
    internal UnaryExchange? TryOpen() => Connection.TryOpenUnary(Path);

    /// <summary>Writes a request of this length.</summary>
    internal static void Write(UnaryExchange exchange, int length)
    {
        exchange.Writer.Begin(int.MaxValue);
        exchange.Writer.GetBufferWriter().Write(new byte[length]);
        exchange.Writer.Complete();
        Assert.True(exchange.TryWriteHeaders(null, null));
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return default;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_open")]
    private static extern ref int Open(ClientConnection connection);
}
