using System.Diagnostics;
using System.Runtime.InteropServices;
using Tachyon.Measuring;

namespace Tachyon.Perf.Baselines;

/// <summary>
/// The loops that are measured. Each does a limited number of turns and is called again and again, because a method that is
/// entered once is never compiled as well as one that is entered often.
/// </summary>
internal static class Loops
{
    internal const int MessageSize = 32;

    // Small, since the time limit is checked once for each chunk: two sides that spin on one core need milliseconds for one round trip.
    internal const int Chunk = 32;

    // The first word of a message is its number; this one ends the echo.
    private const ulong Stop = ulong.MaxValue;

    internal static void TimedRoundTrips<TChannel>(ref TChannel channel, Span<byte> message, ref ulong number, Span<long> ticks)
        where TChannel : struct, IChannel
    {
        var last = Stopwatch.GetTimestamp();
        foreach (ref var sample in ticks)
        {
            RoundTrip(ref channel, message, number++);
            var time = Stopwatch.GetTimestamp();
            sample = time - last;
            last = time;
        }
    }

    internal static void UntimedRoundTrips<TChannel>(ref TChannel channel, Span<byte> message, ref ulong number, int count)
        where TChannel : struct, IChannel
    {
        for (var i = 0; i < count; i++)
        {
            RoundTrip(ref channel, message, number++);
        }
    }

    internal static void StopEcho<TChannel>(ref TChannel channel, Span<byte> message)
        where TChannel : struct, IChannel
    {
        MemoryMarshal.Write(message, Stop);
        channel.Write(message);
    }

    internal static void Echo<TChannel>(ref TChannel channel)
        where TChannel : struct, IChannel
    {
        Span<byte> message = stackalloc byte[MessageSize];
        while (EchoSome(ref channel, message))
        {
        }
    }

    /// <summary>Sends a volume in blocks, and waits until the other side has confirmed that it read all of it.</summary>
    internal static void Send<TChannel>(ref TChannel channel, ReadOnlySpan<byte> block, long total)
        where TChannel : struct, IChannel
    {
        for (long sent = 0; sent < total; sent += block.Length)
        {
            channel.Write(block);
        }

        Span<byte> answer = stackalloc byte[MessageSize];
        channel.Read(answer);
    }

    internal static void Receive<TChannel>(ref TChannel channel, Span<byte> block, long total)
        where TChannel : struct, IChannel
    {
        for (long received = 0; received < total; received += block.Length)
        {
            channel.Read(block);
        }

        Span<byte> answer = stackalloc byte[MessageSize];
        answer.Clear();
        channel.Write(answer);
    }

    private static bool EchoSome<TChannel>(ref TChannel channel, Span<byte> message)
        where TChannel : struct, IChannel
    {
        for (var i = 0; i < Chunk; i++)
        {
            channel.Read(message);
            if (MemoryMarshal.Read<ulong>(message) == Stop)
            {
                return false;
            }

            channel.Write(message);
        }

        return true;
    }

    private static void RoundTrip<TChannel>(ref TChannel channel, Span<byte> message, ulong number)
        where TChannel : struct, IChannel
    {
        MemoryMarshal.Write(message, number);
        channel.Write(message);
        channel.Read(message);
        if (MemoryMarshal.Read<ulong>(message) != number)
        {
            throw new MeasurementException("The peer returned another message.");
        }
    }
}
