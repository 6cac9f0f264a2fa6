using System.IO.Pipelines;

namespace Tachyon.Fuzz;

/// <summary>One side of a connection, which reads what its peer sends.</summary>
internal interface ISide
{
    /// <summary>Takes what the peer has sent since the last call. Completes on the calling thread.</summary>
    void Receive();
}

/// <summary>What a side reads is the input; what it writes is dropped, and never waits.</summary>
internal sealed class FuzzPipes(PipeReader input) : IDuplexPipe, IAsyncDisposable
{
    public PipeReader Input => input;

    public PipeWriter Output { get; } = PipeWriter.Create(Stream.Null);

    public ValueTask DisposeAsync() => default;
}
