using System.Globalization;

namespace Tachyon.Testing;

/// <summary>
/// How often a test repeats what it does. <c>dotnet test</c> takes the usual amounts; <c>TACHYON_TESTS=full</c>, which .ci/run sets, takes
/// the full ones. An environment variable of the amount's own, such as <c>TACHYON_KILLS=1000</c>, overrides both.
/// </summary>
public static class TestSize
{
    /// <summary>Whether this run takes the full amounts.</summary>
    /// <exception cref="InvalidOperationException">The variable has another value.</exception>
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("TACHYON_TESTS") switch
    {
        null or "" or "usual" => false,
        "full" => true,
        string other => throw new InvalidOperationException($"TACHYON_TESTS is '{other}'. It takes 'usual' or 'full'."),
    };

    public static int Of(string variable, int usual, int full)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture)
            : IsFull ? full : usual;

    /// <summary>An amount without a variable of its own.</summary>
    public static int Of(int usual, int full) => IsFull ? full : usual;

    /// <summary>A number that does not depend on the size of the run, such as a seed or a limit.</summary>
    public static int Of(string variable, int value) => Of(variable, value, value);
}
