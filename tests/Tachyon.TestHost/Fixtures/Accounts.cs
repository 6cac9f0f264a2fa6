using System.Globalization;

namespace Tachyon.TestHost.Fixtures;

/// <summary>Users and groups of this machine, read by other means than the product reads them.</summary>
internal static class Accounts
{
    /// <summary>A user that every system has, with a name, and that these tests do not run as.</summary>
    public const uint OtherUser = 1;

    public static uint OwnUserId { get; } = OwnIds("Uid:")[1];

    public static uint OwnGroupId { get; } = OwnIds("Gid:")[1];

    public static uint[] OwnGroupIds { get; } = OwnIds("Groups:");

    public static string? NameOf(uint user) => NameIn("/etc/passwd", user);

    public static string? GroupNameOf(uint group) => NameIn("/etc/group", group);

    public static uint GroupIdOf(string name)
        => uint.Parse(
            File.ReadLines("/etc/group").First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(':')[2],
            CultureInfo.InvariantCulture);

    // Lines of both: name:password:id:...
    private static string? NameIn(string file, uint id)
        => File.ReadLines(file)
            .Select(static line => line.Split(':'))
            .FirstOrDefault(fields => fields.Length > 2 && fields[2] == id.ToString(CultureInfo.InvariantCulture))?[0];

    private static uint[] OwnIds(string line)
        => [.. File.ReadLines("/proc/self/status")
            .Single(text => text.StartsWith(line, StringComparison.Ordinal))[line.Length..]
            .Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries)
            .Select(static id => uint.Parse(id, CultureInfo.InvariantCulture))];
}
