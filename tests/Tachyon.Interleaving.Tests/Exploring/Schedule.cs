using System.Globalization;
using System.Text;

namespace Tachyon.Interleaving.Exploring;

/// <summary>
/// A schedule as text: who makes the next steps, in order, as "reader*3 peer reader*2". A name with "!" is a store of that thread that
/// arrives in memory.
/// </summary>
internal static class Schedule
{
    internal static string Format(IEnumerable<string> names)
    {
        var text = new StringBuilder();
        string? last = null;
        var count = 0;
        foreach (var name in names.Append(null))
        {
            if (name == last)
            {
                count++;
                continue;
            }

            if (last is not null)
            {
                text.Append(text.Length > 0 ? " " : "").Append(last.Replace(' ', '_'));
                if (count > 1)
                {
                    text.Append('*').Append(count.ToString(CultureInfo.InvariantCulture));
                }
            }

            last = name;
            count = 1;
        }

        return text.ToString();
    }

    internal static List<string> Parse(string text)
    {
        var names = new List<string>();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var halves = part.Split('*');
            var count = halves.Length == 2 ? int.Parse(halves[1], CultureInfo.InvariantCulture) : 1;
            names.AddRange(Enumerable.Repeat(halves[0].Replace('_', ' '), count));
        }

        return names;
    }
}
