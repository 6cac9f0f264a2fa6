namespace Tachyon.Grpc.Tests.Support;

/// <summary>A test that starts a process of another user: it needs root, and a build that everybody may read.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OtherUserFactAttribute : FactAttribute
{
    /// <summary>The user of the other process. Every system has it, and it owns nothing.</summary>
    public const string UserName = "nobody";

    public OtherUserFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "Only root can start a process of another user.";
        }
        else if (!IsReadableByEverybody(new DirectoryInfo(AppContext.BaseDirectory)))
        {
            Skip = "The build lies where other users may not look.";
        }
    }

    private static bool IsReadableByEverybody(DirectoryInfo? directory)
        => directory is null
            || (directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute) && IsReadableByEverybody(directory.Parent));
}
