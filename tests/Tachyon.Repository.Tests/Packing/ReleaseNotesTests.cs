namespace Tachyon.RepositoryTests.Packing;

/// <summary>eng/release-notes makes the notes of a release from the changelog and the commits.</summary>
public sealed class ReleaseNotesTests
{
    private static readonly string s_program = Repository.FilePath("eng", "release-notes");

    [RequiresFact("git")]
    public async Task Notes_are_the_part_of_the_changelog_and_the_commits_since_the_release_before()
    {
        using var directory = new TempDirectory();
        await File.WriteAllTextAsync(
            directory.FilePath("CHANGELOG.md"),
            "# Changelog\n\n## [0.2.0] - 2026-12-01\n\n- New words.\n\n## [0.1.0] - 2026-11-01\n\n- Old words.\n");
        await GitAsync(directory, "init", "-q");
        await CommitAsync(directory, "feat(transport): before the release");
        await GitAsync(directory, "tag", "v0.1.0");
        await CommitAsync(directory, "fix(client): close the socket");
        await CommitAsync(directory, "docs: words");
        await CommitAsync(directory, "feat!: drop the old option");
        await CommitAsync(directory, "perf: ring less often");
        await CommitAsync(directory, "feat(server)!: listen twice");

        var notes = await Command.RunAsync(s_program, ["0.2.0"], directory.Path);

        // Without the hashes at the ends.
        var lines = notes.Split('\n')
            .Select(static line => line.EndsWith(')') ? line[..line.LastIndexOf(" (", StringComparison.Ordinal)] : line);
        Assert.Equal(
            [
                "# 0.2.0", "- New words.", "# Commits",
                "## Features", "- (breaking) drop the old option", "- (breaking) server: listen twice",
                "## Fixes", "- client: close the socket",
                "## Performance", "- ring less often",
            ],
            lines.Where(static line => line.Length > 0));
    }

    [RequiresFact("git")]
    public async Task Version_of_this_checkout_has_notes()
    {
        var notes = await Command.RunAsync(s_program, [RepositoryFacts.Version], Repository.Root);
        Assert.StartsWith($"# {RepositoryFacts.Version}\n", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_without_a_part_of_the_changelog_is_an_error()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Command.RunAsync(s_program, ["99.0.0"], Repository.Root));
        Assert.Contains("CHANGELOG.md has no part '## [99.0.0]'.", failure.Message, StringComparison.Ordinal);
    }

    private static Task<string> CommitAsync(TempDirectory directory, string subject)
        => GitAsync(directory, "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-q", "--allow-empty", "-m", subject);

    private static Task<string> GitAsync(TempDirectory directory, params string[] arguments)
        => Command.RunAsync("git", arguments, directory.Path);
}
