using Tachyon.AspNetCore.Internal;

namespace Tachyon.Tool.Proxy;

/// <summary>Plain lines, for a terminal or a journal.</summary>
internal sealed class ProxyLog(TextWriter writer)
{
    private readonly Throttle<bool> _throttle = new(TimeProvider.System, TimeSpan.FromSeconds(1));

    internal void Write(string line) => writer.WriteLine(line);

    /// <summary>For what any client can cause: at most one line per second, with the number of those that were suppressed.</summary>
    internal void WriteThrottled(string line)
    {
        if (_throttle.TryAcquire(true, out var suppressed))
        {
            writer.WriteLine(suppressed == 0 ? line : $"{line} ({suppressed} similar events suppressed)");
        }
    }
}
