using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Tachyon.Transport;

namespace Tachyon.Tool;

/// <summary>Options that several commands have. Each reads its text itself: with the library's conversion, a validator that asks for the
/// value throws.</summary>
internal static class CommonOptions
{
    private const double Day = 24 * 60 * 60;
    private const int MaxCount = 10_000_000;

    internal static Option<bool> Json(string description) => new("--json") { Description = description };

    /// <summary>How this process waits for the other one.</summary>
    internal static Option<TachyonWaitMode> Mode() => new("--mode")
    {
        Description = "How Tachyon waits: adaptive, park or spin.",
        HelpName = "mode",
        DefaultValueFactory = static _ => TachyonWaitMode.Adaptive,
        CustomParser = static result =>
        {
            var text = result.Tokens[^1].Value;
            foreach (var mode in Enum.GetValues<TachyonWaitMode>())
            {
                if (text.Equals(mode.ToString(), StringComparison.OrdinalIgnoreCase))
                {
                    return mode;
                }
            }

            result.AddError($"--mode is adaptive, park or spin, not '{text}'.");
            return default;
        },
    };

    /// <summary>A time in seconds, of at least <paramref name="least"/> and at most a day.</summary>
    internal static Option<double> Seconds(string name, string description, double standard, double least)
        => Number(name, description, standard, least, Day, NumberStyles.Float, "seconds", "seconds");

    internal static Option<int> Count(string name, string description, int standard, int least, int most = MaxCount)
        => Number(name, description, standard, least, most, NumberStyles.AllowLeadingSign, "number", "a number");

    /// <summary>The id of a process; without the option, null.</summary>
    internal static Option<int?> ProcessId(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "pid",
        CustomParser = static result => ParseNumber(result, 1, int.MaxValue, NumberStyles.AllowLeadingSign, "a process id"),
    };

    private static Option<T> Number<T>(
        string name, string description, T standard, T least, T most, NumberStyles style, string helpName, string kind)
        where T : struct, INumber<T>
        => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => standard,
            CustomParser = result => ParseNumber(result, least, most, style, kind) ?? standard,
        };

    private static T? ParseNumber<T>(ArgumentResult result, T least, T most, NumberStyles style, string kind)
        where T : struct, INumber<T>
    {
        var text = result.Tokens[^1].Value;

        // NaN is in no range.
        if (T.TryParse(text, style, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        var name = ((OptionResult)result.Parent!).Option.Name;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes {kind} from {least} to {most}, not '{text}'."));
        return null;
    }
}
