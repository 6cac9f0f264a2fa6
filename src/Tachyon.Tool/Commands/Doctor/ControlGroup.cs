namespace Tachyon.Tool.Commands.Doctor;

/// <summary>Limits of the control groups that this process is in (cgroups(7)), of both versions.</summary>
internal static class ControlGroup
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>The contents of a file of the own group and of all groups around it, in so far as they are visible from here.</summary>
    /// <param name="controller">Name of the controller, for version 1.</param>
    /// <param name="unified">Name of the file in version 2.</param>
    /// <param name="legacy">Name of the file in version 1.</param>
    internal static IEnumerable<string> Values(string controller, string unified, string legacy)
    {
        foreach (var line in File.ReadLines("/proc/self/cgroup"))
        {
            // 0::/user.slice/…  or  4:memory:/…
            var parts = line.Split(':', 3);
            (var root, var file) = parts[1].Length == 0 ? (Root, unified) : (Path.Combine(Root, parts[1]), legacy);
            if (parts[1].Length > 0 && !parts[1].Split(',').Contains(controller))
            {
                continue;
            }

            for (var group = parts[2].Trim('/'); ; group = Path.GetDirectoryName(group) ?? "")
            {
                var path = Path.Combine(root, group, file);
                if (File.Exists(path))
                {
                    yield return File.ReadAllText(path).Trim();
                }

                if (group.Length == 0)
                {
                    break;
                }
            }
        }
    }
}
