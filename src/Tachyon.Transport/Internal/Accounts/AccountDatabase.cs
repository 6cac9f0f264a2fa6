using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Accounts;

/// <summary>
/// Names and ids of users and groups, as the system has them: files, or whatever nsswitch.conf(5) names, so that a lookup may block for as
/// long as a directory server takes. Nothing is cached here.
/// </summary>
/// <remarks>Thread-safe. Opens files (/etc/passwd, /etc/group) and sockets (nscd, sssd): only for callers that need names.</remarks>
internal static unsafe class AccountDatabase
{
    private const int FirstBufferSize = 1024;

    // A group of a hundred thousand members has its names in the buffer. An entry larger than this is broken.
    private const int LargestBufferSize = 16 * 1024 * 1024;

    private delegate int Lookup<TEntry>(TEntry* entry, byte* buffer, nuint size, TEntry** result)
        where TEntry : unmanaged;

    /// <returns>The uid, or null when there is no such user.</returns>
    /// <exception cref="IOException">The database could not be read.</exception>
    internal static uint? FindUserId(string name)
        => Find(
            (PasswordEntry* entry, byte* buffer, nuint size, PasswordEntry** result) => Libc.GetUserByName(
                name, entry, buffer, size, result),
            "getpwnam_r",
            $"look up the user '{name}'",
            static (PasswordEntry* entry, out uint? id) => id = entry->UserId);

    /// <returns>The name, or null when the user has none.</returns>
    /// <inheritdoc cref="FindUserId"/>
    internal static string? FindUserName(uint id)
        => Find(
            (PasswordEntry* entry, byte* buffer, nuint size, PasswordEntry** result) => Libc.GetUserById(id, entry, buffer, size, result),
            "getpwuid_r",
            $"look up the name of user {id}",
            static (PasswordEntry* entry, out string? name) => name = Text(entry->Name));

    /// <returns>The name, or null when the group has none.</returns>
    /// <inheritdoc cref="FindUserId"/>
    internal static string? FindGroupName(uint id)
        => Find(
            (GroupEntry* entry, byte* buffer, nuint size, GroupEntry** result) => Libc.GetGroupById(id, entry, buffer, size, result),
            "getgrgid_r",
            $"look up the name of group {id}",
            static (GroupEntry* entry, out string? name) => name = Text(entry->Name));

    /// <inheritdoc cref="TachyonAccounts.DescribeUser(uint, Func{uint, string?})"/>
    internal static string DescribeUser(uint id, Func<uint, string?> findName)
    {
        try
        {
            // A directory server may answer anything, also a line break.
            return findName(id) is { Length: > 0 } name && !name.Any(char.IsControl) ? $"'{name}' (uid {id})" : $"{id}";
        }
        catch (IOException)
        {
            return $"{id}";
        }
    }

    private delegate void Reading<TEntry, TValue>(TEntry* entry, out TValue? value)
        where TEntry : unmanaged;

    private static TValue? Find<TEntry, TValue>(Lookup<TEntry> lookup, string call, string purpose, Reading<TEntry, TValue> read)
        where TEntry : unmanaged
    {
        for (var size = FirstBufferSize; ;)
        {
            TEntry entry;
            TEntry* found = null;
            var buffer = (byte*)NativeMemory.Alloc((nuint)size);
            try
            {
                var error = lookup(&entry, buffer, (nuint)size, &found);
                switch (error)
                {
                    case 0 when found != null:
                        // While the buffer lives: the strings are in it.
                        read(found, out var value);
                        return value;

                    // What libraries return for "no such entry" (getpwnam(3), ERRORS).
                    case 0 or Errno.ENOENT or Errno.ESRCH or Errno.EBADF or Errno.EPERM:
                        return default;
                    case Errno.EINTR:
                        break;
                    case Errno.ERANGE when size < LargestBufferSize:
                        size *= 4;
                        break;
                    default:
                        throw Errno.ToException(error, call, purpose);
                }
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }
    }

    private static string? Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8);
}
