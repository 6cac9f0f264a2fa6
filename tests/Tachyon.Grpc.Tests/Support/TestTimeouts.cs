using System.Globalization;

namespace Tachyon.Grpc.Tests.Support;

/// <summary>The times after which something counts as hung. Nothing else in the suite depends on time passed.</summary>
internal static class TestTimeouts
{
    private const string HangVariable = "TACHYON_TEST_HANG_SECONDS";

    /// <summary>Far beyond what anything takes on a busy machine; raise it under a debugger.</summary>
    public static TimeSpan Hang { get; } = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable(HangVariable), CultureInfo.InvariantCulture, out var seconds) ? seconds : 30);

    /// <summary>How often a condition is looked at that no event announces.</summary>
    public static TimeSpan Poll { get; } = TimeSpan.FromMilliseconds(5);
}
