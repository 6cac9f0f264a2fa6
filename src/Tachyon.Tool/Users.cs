using System.Collections.Concurrent;
using System.Globalization;
using Tachyon.Transport;

namespace Tachyon.Tool;

/// <summary>Names of users, each looked up once.</summary>
internal static class Users
{
    private static readonly ConcurrentDictionary<uint, string> s_names = new();

    /// <summary>The uid in digits where it has no name, or where the database does not answer.</summary>
    internal static string NameOf(uint userId)
        => s_names.GetOrAdd(userId, static id => LookUp(id) ?? id.ToString(CultureInfo.InvariantCulture));

    private static string? LookUp(uint userId)
    {
        try
        {
            return TachyonAccounts.FindUserName(userId);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
