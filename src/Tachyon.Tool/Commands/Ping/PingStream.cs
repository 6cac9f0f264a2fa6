namespace Tachyon.Tool.Commands.Ping;

/// <summary>The stream of a pinger.</summary>
internal static class PingStream
{
    /// <summary>Fills the buffer.</summary>
    /// <exception cref="ToolException">The server closed the connection.</exception>
    internal static async Task ReadAllAsync(this Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (read < buffer.Length)
        {
            throw new ToolException("The server closed the connection.");
        }
    }
}
