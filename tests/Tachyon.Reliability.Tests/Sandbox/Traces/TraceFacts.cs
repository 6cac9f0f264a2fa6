using System.Text.RegularExpressions;

namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>What a trace says about threads and pipes, wherever in it: their names and purposes show later than their first
/// calls.</summary>
internal sealed partial class TraceFacts
{
    private readonly Dictionary<string, string> _threads = [];
    private readonly HashSet<string> _lifelines = [];
    private readonly HashSet<string> _standard = [];

    internal TraceFacts(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (NamedByOther().Match(line) is { Success: true } other)
            {
                _threads[other.Groups["id"].Value] = other.Groups["name"].Value;
            }
            else if (NamedByItself().Match(line) is { Success: true } itself)
            {
                _threads[itself.Groups["id"].Value] = itself.Groups["name"].Value;
            }

            if (Lifeline().Match(line) is { Success: true } lifeline)
            {
                _lifelines.Add(lifeline.Groups["inode"].Value);
            }

            foreach (Match standard in Standard().Matches(line))
            {
                _standard.Add(standard.Groups["inode"].Value);
            }
        }
    }

    internal string ThreadName(string id) => _threads.GetValueOrDefault(id, "unnamed");

    /// <param name="descriptor">One as <c>strace -y</c> prints it: <c>12&lt;pipe:[345]&gt;</c>.</param>
    internal string PipeName(string descriptor)
    {
        var inode = Inode().Match(descriptor).Groups["inode"].Value;
        return _lifelines.Contains(inode) ? "lifeline" : _standard.Contains(inode) ? "the test" : "pipe";
    }

    [GeneratedRegex("""write\([^,]*/task/(?<id>\d+)/comm>, "(?<name>[^"]*)""")]
    private static partial Regex NamedByOther();

    [GeneratedRegex("""^(?<id>\d+) .*prctl\(PR_SET_NAME, "(?<name>[^"]*)""")]
    private static partial Regex NamedByItself();

    // Made smaller (server), or watched for nothing but its end (client): no other code does that with a pipe.
    [GeneratedRegex(@"<pipe:\[(?<inode>\d+)\]>, (F_SETPIPE_SZ|\{events=EPOLLET,)")]
    private static partial Regex Lifeline();

    [GeneratedRegex(@"\b[012]<pipe:\[(?<inode>\d+)\]>")]
    private static partial Regex Standard();

    [GeneratedRegex(@"<pipe:\[(?<inode>\d+)\]>")]
    private static partial Regex Inode();
}
