using System.Globalization;

namespace Tachyon.Perf.Output;

/// <summary>Numbers as all tables write them.</summary>
internal static class Numbers
{
    /// <summary>About three digits that count, without an exponent.</summary>
    internal static string Short(double value) => double.IsNaN(value) ? "-" : Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " M",
        >= 1e5 => (value / 1e3).ToString("0", CultureInfo.InvariantCulture) + " k",
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    internal static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "x";
}
