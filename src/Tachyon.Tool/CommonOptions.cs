using System.CommandLine;
using Tachyon.Transport;

namespace Tachyon.Tool;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    internal static Option<bool> Json(string description) => new("--json") { Description = description };

    /// <summary>How this process waits for the other one.</summary>
    internal static Option<TachyonWaitMode> Mode()
    {
        var option = new Option<TachyonWaitMode>("--mode")
        {
            Description = "How Tachyon waits: adaptive, park or spin.",
            DefaultValueFactory = _ => TachyonWaitMode.Adaptive,
        };
        option.Validators.Add(static result =>
        {
            // The library takes numbers, too.
            if (!Enum.IsDefined(result.GetValueOrDefault<TachyonWaitMode>()))
            {
                result.AddError("--mode is adaptive, park or spin.");
            }
        });
        return option;
    }

    /// <summary>A time in seconds, of at least <paramref name="least"/>.</summary>
    internal static Option<double> Seconds(string name, string description, double standard, double least)
    {
        const double Most = 24 * 60 * 60;
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => standard, HelpName = "seconds" };
        option.Validators.Add(result =>
        {
            double value = result.GetValueOrDefault<double>();
            if (!(value >= least && value <= Most))
            {
                result.AddError($"{name} must be from {least} to {Most} seconds.");
            }
        });
        return option;
    }

    internal static Option<int> Count(string name, string description, int standard, int least)
    {
        const int Most = 10_000_000;
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => standard, HelpName = "number" };
        option.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value < least || value > Most)
            {
                result.AddError($"{name} must be from {least} to {Most}.");
            }
        });
        return option;
    }
}
