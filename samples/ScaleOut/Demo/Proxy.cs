using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Samples;

namespace ScaleOut.Demo;

/// <summary>An unmodified nginx or HAProxy with its file in Proxies.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private Proxy(string name, string address, ChildProcess process)
    {
        Name = name;
        Address = address;
        _process = process;
    }

    public string Name { get; }

    /// <summary>Host and port.</summary>
    public string Address { get; }

    /// <summary>Name and path of the program.</summary>
    /// <param name="wanted">"nginx", "haproxy", or null for the one that is installed.</param>
    public static (string Name, string Program) Find(string? wanted)
    {
        string[] names = wanted switch
        {
            null => ["nginx", "haproxy"],
            "nginx" or "haproxy" => [wanted],
            _ => throw new SampleException($"Proxy is 'nginx' or 'haproxy', not '{wanted}'."),
        };

        // Debian installs them in a directory that is not in the path of every user.
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin");
        foreach (var name in names)
        {
            if (directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists) is { } program)
            {
                return (name, program);
            }
        }

        throw new SampleException($"{string.Join(" or ", names)} is required and not installed: apt-get install {names[0]}");
    }

    /// <param name="found">Name and path of the program.</param>
    /// <param name="directory">Where it may put files.</param>
    /// <param name="backEnds">Host and port of both.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public static async Task<Proxy> StartAsync(
        (string Name, string Program) found, string directory, string[] backEnds, CancellationToken cancellationToken)
    {
        var (name, program) = found;
        var port = FreePort();
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        string[] arguments = name == "nginx"
            ? ["-p", directory, "-e", "stderr", "-c", Configure("nginx.conf", directory, address, backEnds)]
            : ["-db", "-f", Configure("haproxy.cfg", directory, address, backEnds)];
        var process = ChildProcess.StartWatched(name, program, arguments);
        try
        {
            await WaitForAsync(process, port, cancellationToken);
            return new Proxy(name, address, process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Configure(string file, string directory, string address, string[] backEnds)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Proxies", file))
            .Replace("${PROXY}", address, StringComparison.Ordinal)
            .Replace("${BACK_END_1}", backEnds[0], StringComparison.Ordinal)
            .Replace("${BACK_END_2}", backEnds[1], StringComparison.Ordinal);
        var path = Path.Combine(directory, file);
        File.WriteAllText(path, text);
        return path;
    }

    // Below the ephemeral ports of the kernel (net.ipv4.ip_local_port_range), so that the port stays free until the proxy takes it.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one.
            }
        }
    }

    private static async Task WaitForAsync(ChildProcess process, int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (process.Exited.IsCompleted)
            {
                throw await process.FailureAsync();
            }

            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
            {
                await Task.Delay(20, cancellationToken);
            }
        }
    }
}
