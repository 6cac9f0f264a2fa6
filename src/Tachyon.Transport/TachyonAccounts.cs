using Tachyon.Transport.Internal.Accounts;

namespace Tachyon.Transport;

/// <summary>
/// Names and ids of users and groups, from the system's databases (nsswitch.conf(5)). A lookup may take as long as a directory server takes
/// to answer, and nothing is cached here.
/// </summary>
/// <remarks>Thread-safe. Opens files and sockets of the databases (/etc/passwd, nscd, sssd).</remarks>
public static class TachyonAccounts
{
    /// <summary>The uid of a user; null when there is no such user.</summary>
    /// <exception cref="IOException">The database could not be read.</exception>
    public static uint? FindUserId(string name) => AccountDatabase.FindUserId(name);

    /// <summary>The name of a user; null when the uid has none.</summary>
    /// <exception cref="IOException">The database could not be read.</exception>
    public static string? FindUserName(uint id) => AccountDatabase.FindUserName(id);

    /// <summary>The name of a group; null when the gid has none.</summary>
    /// <exception cref="IOException">The database could not be read.</exception>
    public static string? FindGroupName(uint id) => AccountDatabase.FindGroupName(id);

    /// <summary>A user as messages print it: <c>'alice' (uid 1001)</c>, or <c>1001</c> where there is no printable name.</summary>
    public static string DescribeUser(uint id) => DescribeUser(id, FindUserName);

    /// <summary>As <see cref="DescribeUser(uint)"/>, with another source of names.</summary>
    /// <param name="id">The uid.</param>
    /// <param name="findName">Finds a name; what it throws as <see cref="IOException"/> counts as no name.</param>
    public static string DescribeUser(uint id, Func<uint, string?> findName)
    {
        ArgumentNullException.ThrowIfNull(findName);
        return AccountDatabase.DescribeUser(id, findName);
    }
}
