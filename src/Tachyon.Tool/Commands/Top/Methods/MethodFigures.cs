using System.Globalization;
using System.Text.RegularExpressions;

namespace Tachyon.Tool.Commands.Top.Methods;

/// <summary>One time series of <c>http.server.request.duration</c> as a runtime publishes it: what it says of one method.</summary>
/// <param name="Tags">As NAME=VALUE,NAME=VALUE.</param>
/// <param name="Quantiles">As QUANTILE=SECONDS;QUANTILE=SECONDS, empty when nothing was measured.</param>
/// <param name="Count">Of the requests within the interval.</param>
internal sealed partial record MethodFigures(string Tags, string Quantiles, int Count)
{
    internal MethodReport Report(ProcessReport process, double seconds)
        => new(
            process,
            Tag("http.route"),
            Tag("network.protocol.version"),
            Tag("http.response.status_code"),
            seconds > 0 ? Math.Max(0, Count) / seconds : 0,
            Quantile("0.5"),
            Quantile("0.95"),
            Quantile("0.99"));

    /// <summary>A route may hold commas and equals signs: a value ends before the name of the next tag.</summary>
    private string? Tag(string name)
    {
        var match = NameAndValue().Matches(Tags).FirstOrDefault(match => match.Groups["name"].Value == name);
        return match?.Groups["value"].Value is { Length: > 0 } value ? PrintableText.Of(value) : null;
    }

    private double? Quantile(string name)
    {
        var pair = Quantiles.Split(';').FirstOrDefault(pair => pair.StartsWith(name + '=', StringComparison.Ordinal));
        var text = pair?[(name.Length + 1)..];
        return double.TryParse(text, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
    }

    [GeneratedRegex(
        @"(?<=^|,)(?<name>[a-z_.]+)=(?<value>.*?)(?=,[a-z_.]+=|$)", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex NameAndValue();
}
