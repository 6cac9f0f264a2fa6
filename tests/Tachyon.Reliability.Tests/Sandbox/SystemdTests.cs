namespace Tachyon.Reliability.Tests.Sandbox;

/// <summary>eng/sandbox/tachyon-service.conf: systemd understands it, rates it, and it lets through what the seccomp profile
/// does.</summary>
public sealed class SystemdTests
{
    private static readonly string s_fragment = Repository.FilePath("eng", "sandbox", "tachyon-service.conf");

    [RequiresFact("systemd-analyze")]
    public async Task Filter_lets_through_what_the_seccomp_profile_does()
    {
        // systemd itself always lets the calls of this group through.
        HashSet<string> always = [.. (await AnalyzeAsync("syscall-filter", "@default")).Lines.Skip(1).Select(static line => line.Trim())];
        HashSet<string> unit = [.. Values("SystemCallFilter").SelectMany(static value => value.Split(' '))];
        Assert.DoesNotContain(unit, static name => name.StartsWith('@') || name.StartsWith('~'));
        Assert.Equal(SeccompProfile.Calls.Except(always).Order(StringComparer.Ordinal), unit.Except(always).Order(StringComparer.Ordinal));
        Assert.Equal(["EPERM"], Values("SystemCallErrorNumber"));
        Assert.Equal(["AF_UNIX"], Values("RestrictAddressFamilies"));
    }

    [RequiresFact("systemd-analyze")]
    public async Task Systemd_understands_every_line()
    {
        using var directory = new TempDirectory();
        var unit = WriteUnit(directory);
        (var exitCode, var lines) = await AnalyzeAsync("verify", "--man=no", unit);
        Assert.DoesNotContain(lines, static line => line.Contains("tachyon", StringComparison.Ordinal));
        Assert.True(exitCode == 0, string.Join('\n', lines));

        // It does say what it does not understand.
        File.AppendAllText(directory.FilePath("app.service.d/tachyon-service.conf"), "NoSuchSetting=yes\n");
        Assert.Contains((await AnalyzeAsync("verify", "--man=no", unit)).Lines, static line => line.Contains("NoSuchSetting", StringComparison.Ordinal));
    }

    [RequiresFact("systemd-analyze")]
    public async Task Systemd_rates_it_as_safe()
    {
        using var directory = new TempDirectory();
        var unit = WriteUnit(directory);

        // 0 is best, 10 is a service without any of this; systemd calls up to 2 "OK". The threshold counts tenths.
        (var exitCode, var lines) = await AnalyzeAsync("security", "--offline=yes", "--threshold=20", "--no-pager", unit);
        Assert.True(exitCode == 0, string.Join('\n', lines));
        Figures.Report("exposure level of the systemd unit", lines.Single(static line => line.Contains("Overall exposure level", StringComparison.Ordinal)).Split(':')[1].Trim());
    }

    private static string WriteUnit(TempDirectory directory)
    {
        var unit = directory.FilePath("app.service");
        File.WriteAllText(unit, "[Unit]\nDescription=app\n\n[Service]\nUser=nobody\nExecStart=/bin/true\n");
        File.Copy(s_fragment, Path.Combine(Directory.CreateDirectory(unit + ".d").FullName, Path.GetFileName(s_fragment)));
        return unit;
    }

    private static IEnumerable<string> Values(string setting)
        => File.ReadLines(s_fragment)
            .Where(line => line.StartsWith(setting + "=", StringComparison.Ordinal))
            .Select(line => line[(setting.Length + 1)..]);

    private static async Task<(int ExitCode, IReadOnlyList<string> Lines)> AnalyzeAsync(params string[] arguments)
    {
        var run = await ChildProgram.RunAsync("systemd-analyze", arguments);
        return (run.ExitCode, run.All.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
