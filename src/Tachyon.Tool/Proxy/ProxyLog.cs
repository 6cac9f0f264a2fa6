using System.Diagnostics;

namespace Tachyon.Tool.Proxy;

/// <summary>Plain lines, for a terminal or a journal.</summary>
internal sealed class ProxyLog(TextWriter writer)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _last = long.MinValue;
    private long _unsaid;

    internal void Say(string line) => writer.WriteLine(line);

    /// <summary>For what any client can bring about: a line each second, which says how many were left out.</summary>
    internal void Complain(string line)
    {
        long unsaid;
        lock (_lock)
        {
            long now = Stopwatch.GetTimestamp();
            if (_last != long.MinValue && Stopwatch.GetElapsedTime(_last, now) < s_pause)
            {
                _unsaid++;
                return;
            }

            _last = now;
            unsaid = _unsaid;
            _unsaid = 0;
        }

        writer.WriteLine(unsaid == 0 ? line : $"{line} ({unsaid} lines before this one were left out.)");
    }
}
