using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Perf.Floors;

/// <summary>Blocking read(2) and write(2). When the peer dies they end: end of file, EPIPE or ECONNRESET.</summary>
internal unsafe struct DescriptorChannel(int input, int output) : IChannel
{
    public long SystemCalls { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                SystemCalls++;
                nint count = Posix.Write(output, start + done, (nuint)(bytes.Length - done));
                done += Check(count, "write");
            }
        }
    }

    public void Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                SystemCalls++;
                nint count = Posix.Read(input, start + done, (nuint)(buffer.Length - done));
                done += count == 0 ? throw new EndOfStreamException("The peer closed its end.") : Check(count, "read");
            }
        }
    }

    private static int Check(nint count, string call)
        => count >= 0 ? (int)count
            : Marshal.GetLastPInvokeError() == Errno.EINTR ? 0
            : throw Errno.LastError(call, "reach the peer");
}
