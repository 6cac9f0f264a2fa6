namespace Tachyon.Packages.Tests.Api;

/// <summary>Two surfaces compared: a line stands for itself, so their order says nothing.</summary>
internal static class ApiDifference
{
    /// <returns>Empty when there is none.</returns>
    internal static string Describe(IReadOnlyList<string> approved, IReadOnlyList<string> built)
        => string.Join(
            '\n',
            approved.Except(built).Select(static line => "- " + line).Concat(built.Except(approved).Select(static line => "+ " + line)));
}
