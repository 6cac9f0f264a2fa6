using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Tachyon.Measuring;

namespace Tachyon.Perf.Baselines;

/// <summary>ring.c, compiled on this machine.</summary>
internal sealed class RingInC
{
    private const string Source = "ring.c";

    private readonly string _program;

    private RingInC(string program) => _program = program;

    /// <summary>Compiles it; null when there is no C compiler, or it can't compile it.</summary>
    /// <param name="directory">Where the program goes.</param>
    /// <param name="withFences">With the fences that the sleep protocol of the transport needs.</param>
    internal static RingInC? Compile(string directory, bool withFences)
    {
        var source = Path.Combine(directory, Source);
        using (var text = typeof(RingInC).Assembly.GetManifestResourceStream(Source)!)
        using (var file = File.Create(source))
        {
            text.CopyTo(file);
        }

        var program = Path.Combine(directory, withFences ? "ring-with-fences" : "ring");
        string[] variant = withFences ? ["-DSLEEP_PROTOCOL"] : [];
        try
        {
            using var compiler = Process.Start("cc", ["-O2", .. variant, "-o", program, source]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? new RingInC(program) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    internal RoundTrips Measure(int timed, int untimed, TimeSpan limit)
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardOutput = true };
        foreach (var argument in (IFormattable[])[timed, untimed, limit.TotalSeconds])
        {
            start.ArgumentList.Add(argument.ToString(null, CultureInfo.InvariantCulture));
        }

        using var process = Process.Start(start)!;
        using var output = new MemoryStream();

        // Ends with the process, which ends with its child or when the time is over.
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        ReadOnlySpan<long> numbers = MemoryMarshal.Cast<byte, long>(output.GetBuffer().AsSpan(0, (int)output.Length));
        if (process.ExitCode != 0 || numbers.Length < 2)
        {
            throw new MeasurementException($"The ring in C ended with exit code {process.ExitCode}.");
        }

        // Stopwatch counts nanoseconds on Linux, as clock_gettime does: both are the same clock.
        return new RoundTrips(numbers[2..].ToArray(), (double)numbers[1] / numbers[0], CrossingsPerRoundTrip: 0);
    }
}
