using Tachyon.Transport.Internal.Capture;

namespace Tachyon.Transport.Tests.Capture;

public sealed class CaptureFilesTests : IDisposable
{
    private static readonly byte[] s_header = "header"u8.ToArray();

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Files_are_bounded_in_size_and_number_and_each_has_the_header()
    {
        await WriteAsync(new CaptureLimits(100, FileSize: 100, Files: 2), batches: 10);

        Assert.Equal(["a.4.pcapng", "a.5.pcapng"], Files());
        Assert.All(Directory.GetFiles(_directory.Path), static file =>
        {
            var bytes = File.ReadAllBytes(file);
            Assert.InRange(bytes.Length, 1, 100);
            Assert.Equal(s_header, bytes[..s_header.Length]);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        });
    }

    [Fact]
    public async Task A_file_or_link_that_exists_is_left_alone()
    {
        var target = _directory.FilePath("target");
        await File.WriteAllTextAsync(target, "mine");
        File.CreateSymbolicLink(_directory.FilePath("a.pcapng"), target);
        File.CreateSymbolicLink(_directory.FilePath("a.2.pcapng"), _directory.FilePath("nowhere"));

        await WriteAsync(CaptureLimits.Default, batches: 1);

        Assert.Equal("mine", await File.ReadAllTextAsync(target));
        Assert.Equal(["a.2.pcapng", "a.3.pcapng", "a.pcapng", "target"], Files());
    }

    [Theory]
    [InlineData("/a.pcapng", "/a.pcapng", 262_144, 100, 10)]
    [InlineData("/a.pcapng;", "/a.pcapng", 262_144, 100, 10)]
    [InlineData("/a.pcapng;snaplen=96;size=5;files=3", "/a.pcapng", 96, 5, 3)]
    [InlineData("/a.pcapng; files = 3", "/a.pcapng", 262_144, 100, 3)]
    public void Variable_is_read(string text, string path, int snapLength, int megabytes, int files)
    {
        (var readPath, var limits) = CaptureLimits.Parse(text);

        Assert.Equal(path, readPath);
        Assert.Equal(new CaptureLimits(snapLength, megabytes * 1_000_000L, files), limits);
    }

    [Theory]
    [InlineData(";files=3", "it has no path.")]
    [InlineData("/a;snaplen=43", "'snaplen=43' needs a number from 44 to 262144.")]
    [InlineData("/a;size=0", "'size=0' needs a number from 1 to 1000000.")]
    [InlineData("/a;files=many", "'files=many' needs a number from 1 to 10000.")]
    [InlineData("/a;colour=red", "'colour=red' is none of snaplen=BYTES, size=MEGABYTES and files=NUMBER.")]
    public void Mistakes_in_the_variable_are_named(string text, string problem)
        => Assert.Equal(problem, Assert.Throws<FormatException>(() => CaptureLimits.Parse(text)).Message);

    private async Task WriteAsync(CaptureLimits limits, int batches)
    {
        await using var files = new CaptureFiles(_directory.FilePath("a.pcapng"), limits);
        await files.OpenAsync(s_header);
        for (var batch = 0; batch < batches; batch++)
        {
            await files.WriteAsync(new byte[40]);
        }
    }

    private string[] Files()
        => [.. Directory.GetFileSystemEntries(_directory.Path).Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
