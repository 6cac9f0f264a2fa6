namespace Tachyon.Transport.Tests.Handshake;

/// <summary>The spellings of addresses that channels, servers and tools share.</summary>
public sealed class TachyonAddressTests
{
    [Theory]
    [InlineData("/run/app.sock", "tachyon:///run/app.sock")]
    [InlineData("tachyon:///run/app.sock", "tachyon:///run/app.sock")]
    [InlineData("tachyon:/run/app.sock", "tachyon:///run/app.sock")]
    [InlineData("TACHYON:///run/app.sock", "tachyon:///run/app.sock")]
    [InlineData("http://tachyon:/run/app.sock", "tachyon:///run/app.sock")]
    [InlineData("http://tachyon:///run/app.sock", "tachyon:///run/app.sock")]
    [InlineData("https://tachyon:/run/app.sock", "tachyon:///run/app.sock")]
    [InlineData("http://unix:/run/app.sock?tachyon", "tachyon:///run/app.sock")]
    [InlineData("unix:///run/app.sock?tachyon", "tachyon:///run/app.sock")]
    [InlineData("@app", "tachyon:@app")]
    [InlineData("tachyon:@app", "tachyon:@app")]
    [InlineData("tachyon://@app", "tachyon:@app")]
    [InlineData("http://tachyon:@app", "tachyon:@app")]
    [InlineData("http://unix:@app?tachyon", "tachyon:@app")]
    [InlineData("http://unix:/@app?tachyon", "tachyon:@app")]
    [InlineData("http://unix:/@directory/app.sock?tachyon", "tachyon:///@directory/app.sock")]
    [InlineData("http://unix:/@app", "unix:///@app")]
    [InlineData("unix:///run/app.sock", "unix:///run/app.sock")]
    [InlineData("unix:/run/app.sock", "unix:///run/app.sock")]
    [InlineData("http://unix:/run/app.sock", "unix:///run/app.sock")]
    [InlineData("unix:@app", "unix:@app")]
    [InlineData("app.sock", "tachyon:app.sock")]
    [InlineData("tachyon:app.sock", "tachyon:app.sock")]
    public void Every_spelling_of_a_socket_is_read_and_printed_in_one_way(string address, string printed)
    {
        var parsed = TachyonAddress.Parse(address)!.Value;

        Assert.Equal(printed, parsed.ToString());
        Assert.Equal(parsed, TachyonAddress.Parse(printed));

        // Kestrel reads no relative paths, and no plain sockets of the abstract namespace.
        var isReadByKestrel = parsed.Path[0] == '/' || (parsed.Path[0] == '@' && parsed.IsSharedMemory);
        Assert.Equal(isReadByKestrel, parsed == TachyonAddress.Parse($"http://{parsed.ToKestrelAddress()}"));
    }

    [Theory]
    [InlineData("/run/app.sock?tachyon", true, "/run/app.sock")]
    [InlineData("/@app?tachyon", true, "@app")]
    [InlineData("@app?tachyon", true, "@app")]
    [InlineData("/run/app.sock", false, "/run/app.sock")]
    [InlineData("?tachyon", false, "?tachyon")]
    public void Path_of_a_socket_of_kestrel_chooses_by_its_suffix(string path, bool isSharedMemory, string name)
        => Assert.Equal(new TachyonAddress(isSharedMemory, name), TachyonAddress.FromSocketPath(path));

    [Theory]
    [InlineData("http://localhost:5000")]
    [InlineData("https://unix.example.org/")]
    [InlineData("http://tachyon.example.org")]
    [InlineData("dns:///server")]
    public void Addresses_of_the_network_are_left_to_others(string address) => Assert.Null(TachyonAddress.Parse(address));

    [Theory]
    [InlineData("tachyon://host/app.sock", "names a host")]
    [InlineData("tachyon:", "has no path")]
    [InlineData("unix://", "has no path")]
    public void Addresses_that_name_no_socket_are_refused(string address, string reason)
        => Assert.Contains(reason, Assert.Throws<ArgumentException>(() => TachyonAddress.Parse(address)).Message, StringComparison.Ordinal);
}
