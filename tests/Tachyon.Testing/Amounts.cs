using System.Globalization;

namespace Tachyon.Testing;

/// <summary>How much of something a test tries: enough for every run of the suite, and more where an environment variable says so.</summary>
public static class Amounts
{
    public static int Of(string variable, int usual)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture)
            : usual;
}
