using System.IO.Pipelines;

namespace Tachyon.Benchmarks;

/// <summary>A pipe of System.IO.Pipelines that holds as much as a ring before a flush waits.</summary>
internal static class BoundedPipe
{
    internal static Pipe Create()
        => new(new PipeOptions(pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024, useSynchronizationContext: false));
}
