using System.Globalization;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// The ids in place of users and groups that are not mapped into this process's user namespace (user_namespaces(7)), also called "nobody".
/// </summary>
internal static class OverflowIds
{
    private const uint UsualId = 65_534;

    private static readonly uint s_user = Read("/proc/sys/kernel/overflowuid");
    private static readonly uint s_group = Read("/proc/sys/kernel/overflowgid");

    internal static bool IsUser(uint id) => id == UsualId || id == s_user;

    internal static bool IsGroup(uint id) => id == UsualId || id == s_group;

    private static uint Read(string file)
    {
        try
        {
            return uint.Parse(File.ReadAllText(file).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            // A sandbox may hide /proc/sys. The values are rarely changed.
            return UsualId;
        }
    }
}
