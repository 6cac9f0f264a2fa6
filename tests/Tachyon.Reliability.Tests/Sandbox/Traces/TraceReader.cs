using System.Text.RegularExpressions;

namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>Reads what <c>strace -f -y</c> wrote: one line for each call, or two for one that another thread interrupted.</summary>
internal sealed partial class TraceReader
{
    private readonly TraceFacts _facts;
    private readonly CallNames _names;
    private readonly Dictionary<string, string> _unfinished = [];
    private readonly Dictionary<string, string> _phaseOfUnfinished = [];

    // Where a region begins, as the kernel printed it: munmap names nothing else.
    private readonly HashSet<string> _regions = [];
    private readonly List<TracedCall> _calls = [];
    private string _phase = "start";

    private TraceReader(TraceFacts facts)
    {
        _facts = facts;
        _names = new CallNames(facts);
    }

    internal static IReadOnlyList<TracedCall> Read(IReadOnlyList<string> lines)
    {
        var reader = new TraceReader(new TraceFacts(lines));
        foreach (var line in lines)
        {
            reader.Add(line);
        }

        foreach ((var thread, var start) in reader._unfinished)
        {
            // What it acts on may not be written yet, but for the test's pipes.
            var on = reader._names.Object(start[(start.IndexOf('(') + 1)..].Split(',')[0]);
            reader._calls.Add(new TracedCall(
                reader._phaseOfUnfinished[thread], reader._facts.ThreadName(thread), start.Split('(')[0],
                on == "the test" ? on : TracedCall.Unfinished, start));
        }

        return reader._calls;
    }

    private void Add(string line)
    {
        var match = LineOfThread().Match(line);
        if (!match.Success)
        {
            throw new InvalidDataException($"Not a line of strace: {line}");
        }

        var thread = match.Groups["id"].Value;
        var rest = match.Groups["rest"].Value;
        if (rest.StartsWith("---", StringComparison.Ordinal) || rest.StartsWith("+++", StringComparison.Ordinal))
        {
            // A signal, or the end of the thread.
            return;
        }

        var phase = _phase;
        var resumed = Resumed().Match(rest);
        if (resumed.Success)
        {
            if (!_unfinished.Remove(thread, out var start) || resumed.Groups["rest"].Value.StartsWith(Unfinished, StringComparison.Ordinal))
            {
                // The process ended in it.
                return;
            }

            phase = _phaseOfUnfinished[thread];
            rest = start + resumed.Groups["rest"].Value;
        }
        else if (rest.EndsWith(Unfinished, StringComparison.Ordinal))
        {
            // What it is shows when it ends; it counts for the phase that it began in.
            _unfinished[thread] = rest[..^Unfinished.Length];
            _phaseOfUnfinished[thread] = phase;
            return;
        }

        var call = Call().Match(rest);
        if (!call.Success)
        {
            throw new InvalidDataException($"Not a call: {line}");
        }

        Add(phase, _facts.ThreadName(thread), call.Groups["call"].Value, call.Groups["arguments"].Value, call.Groups["result"].Value, rest);
    }

    private void Add(string phase, string thread, string call, string arguments, string result, string line)
    {
        var words = SplitArguments(arguments);
        if (call == "access" && words[0].Contains("/tachyon-phase/", StringComparison.Ordinal))
        {
            _phase = words[0].Trim('"')["/tachyon-phase/".Length..].Replace('-', ' ');
            return;
        }

        (var name, var on) = _names.Of(call, words, result);
        if (call == "mmap" && on == "memfd" && words[5] == "0")
        {
            _regions.Add(result.Split(' ')[0]);
        }
        else if (call == "munmap" && _regions.Remove(words[0]))
        {
            on = "region";
        }

        _calls.Add(new TracedCall(phase, thread, name, on, line));
    }

    /// <summary>At the commas that are not within brackets or quotation marks.</summary>
    private static string[] SplitArguments(string arguments)
    {
        List<string> words = [];
        var depth = 0;
        var quoted = false;
        var start = 0;
        for (var i = 0; i < arguments.Length; i++)
        {
            var character = arguments[i];
            if (character == '"' && (i == 0 || arguments[i - 1] != '\\'))
            {
                quoted = !quoted;
            }
            else if (!quoted && character is '{' or '[' or '(')
            {
                depth++;
            }
            else if (!quoted && character is '}' or ']' or ')')
            {
                depth--;
            }
            else if (!quoted && depth == 0 && character == ',')
            {
                words.Add(arguments[start..i].Trim());
                start = i + 1;
            }
        }

        words.Add(arguments[start..].Trim());
        return [.. words];
    }

    private const string Unfinished = " <unfinished ...>";

    [GeneratedRegex(@"^(?<id>\d+)\s+(?<rest>.*)$")]
    private static partial Regex LineOfThread();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(?<rest>.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^(?<call>\w+)\((?<arguments>.*)\)\s+= (?<result>.*)$")]
    private static partial Regex Call();
}
