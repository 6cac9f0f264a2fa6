using System.Globalization;
using System.Text.RegularExpressions;

namespace Tachyon.Tool.Tests.Proxy.Support;

/// <summary>'tachyon proxy' in a process of its own, as it was built.</summary>
internal sealed partial class ProxyProcess : IAsyncDisposable
{
    private readonly ChildProgram _child;

    private ProxyProcess(ChildProgram child) => _child = child;

    /// <summary>Where it listens.</summary>
    internal string Address { get; private set; } = "";

    internal string Path => Wire.PathOf(Address);

    internal int Id => _child.Id;

    internal string Log => _child.Errors;

    internal int Descriptors => ProcessFacts.Descriptors(_child.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Any arguments, such as wrong ones: runs to the end.</summary>
    internal static async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        await using var child = ChildProgram.Start("tachyon", arguments);
        return await child.RunToEndAsync();
    }

    /// <param name="scheme">Of the listening side: "tcp" (any port), "unix" or "tachyon" (a new path); or a whole address.</param>
    /// <param name="directory">For sockets.</param>
    /// <param name="target">The address that it leads to.</param>
    /// <param name="options">More options.</param>
    internal static async Task<ProxyProcess> StartAsync(string scheme, TempDirectory directory, string target, params string[] options)
    {
        var listen = scheme.Contains(':', StringComparison.Ordinal) ? scheme
            : scheme == "tcp" ? "tcp://127.0.0.1:0" : $"{scheme}://{directory.NewSocketPath()}";
        var proxy = new ProxyProcess(ChildProgram.Start("tachyon", ["proxy", "--listen", listen, "--connect", target, .. options]));
        try
        {
            await Watchdog.Until(() => Listening().IsMatch(proxy.Log) || proxy._child.HasExited, $"the start of the proxy at {listen}");
            Assert.False(proxy._child.HasExited, proxy.Log);
            proxy.Address = Listening().Match(proxy.Log).Groups[1].Value;
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    internal void Signal(int signal) => _child.Signal(signal);

    internal Task<Wire> ConnectAsync() => Wire.ConnectAsync(Address);

    /// <summary>Waits for a line that contains the text.</summary>
    internal Task SaysAsync(string text) => Watchdog.Until(() => Log.Contains(text, StringComparison.Ordinal), $"the line '{text}' of the proxy");

    /// <summary>The exit code, after SIGTERM if it still runs.</summary>
    internal async Task<int> StopAsync()
    {
        Signal(Signals.Terminate);
        return await ExitAsync();
    }

    internal async Task<int> ExitAsync()
    {
        await _child.WaitForExitAsync();
        await SaysAsync("Totals: ");
        return _child.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_child.HasExited)
        {
            _child.Kill();
        }

        await _child.WaitForExitAsync();
        await _child.DisposeAsync();

        // It survives its own faults by saying so; a test must not overlook that.
        Assert.DoesNotContain("A connection failed", Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", Log, StringComparison.Ordinal);
    }

    [GeneratedRegex("Listening on ([^,]+),")]
    private static partial Regex Listening();
}
