using System.CommandLine;

namespace Tachyon.Tool;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    internal static Option<bool> Json(string description) => new("--json") { Description = description };

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
}
