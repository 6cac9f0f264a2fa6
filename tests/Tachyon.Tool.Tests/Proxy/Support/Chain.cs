namespace Tachyon.Tool.Tests.Proxy.Support;

/// <summary>A target of raw bytes and a proxy before it.</summary>
internal sealed class Chain : IAsyncDisposable
{
    private readonly TempDirectory _directory;

    private Chain(TempDirectory directory, WireServer server, ProxyProcess proxy)
    {
        _directory = directory;
        Server = server;
        Proxy = proxy;
    }

    /// <summary>Outside and inside.</summary>
    public static TheoryData<string, string> Pairs { get; } = new()
    {
        { "tcp", "tachyon" },
        { "tachyon", "tcp" },
        { "unix", "tachyon" },
        { "tachyon", "unix" },
        { "tachyon", "tachyon" },
        { "tcp", "unix" },
    };

    internal WireServer Server { get; }

    internal ProxyProcess Proxy { get; }

    internal static async Task<Chain> StartAsync(string outside, string inside, params string[] options)
    {
        var directory = new TempDirectory();
        var server = WireServer.Listen(inside, directory);
        return new Chain(directory, server, await ProxyProcess.StartAsync(outside, directory, server.Address, options));
    }

    /// <summary>A client and what the target sees of it.</summary>
    internal async Task<(Wire Client, Wire Target)> ConnectAsync()
    {
        var accepting = Server.AcceptAsync();
        return (await Proxy.ConnectAsync(), await accepting);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Proxy.DisposeAsync();
        _directory.Dispose();
    }
}
