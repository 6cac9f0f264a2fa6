using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Capture;

namespace Tachyon.Tool.Commands.Capture;

/// <summary>A capture on standard output. Not the console's stream, which hides that the reader is gone.</summary>
internal sealed class PipeOutput : CaptureOutput
{
    private readonly FileStream _output = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    internal override string Target => "standard output";

    internal override ValueTask OpenAsync(ReadOnlyMemory<byte> header) => _output.WriteAsync(header);

    internal override ValueTask WriteAsync(ReadOnlyMemory<byte> blocks) => _output.WriteAsync(blocks);

    public override ValueTask DisposeAsync() => _output.DisposeAsync();
}
