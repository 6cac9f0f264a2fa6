using System.IO.Pipelines;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>Stands in for the runtime's pipe, which is locked by itself: each use of either end is a step of the explorer.</summary>
internal sealed class Pipe(PipeOptions options)
{
    private readonly System.IO.Pipelines.Pipe _pipe = new(options);

    internal PipeReader Reader
    {
        get
        {
            Step("reader");
            return _pipe.Reader;
        }
    }

    internal PipeWriter Writer
    {
        get
        {
            Step("writer");
            return _pipe.Writer;
        }
    }

    internal void Reset()
    {
        Step("reset");
        _pipe.Reset();
    }

    private static void Step(string operation) => Execution.Step(new Step(operation, "pipe", nameof(Pipe), 0), Access.Write);
}
