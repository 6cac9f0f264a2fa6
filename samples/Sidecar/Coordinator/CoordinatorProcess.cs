using System.Net;
using Samples;
using Sidecar.App;
using Sidecar.Gateway;

namespace Sidecar.Coordinator;

/// <summary>The process that the user starts: it starts the others, shows their output, checks it, and cleans up.</summary>
internal static class CoordinatorProcess
{
    public static async Task<int> RunAsync()
    {
        using var interruption = new Interruption();
        using var directory = new PrivateDirectory("sidecar-");
        try
        {
            await RunAsync(Path.Combine(directory.Path, "app.sock"), interruption.Token);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return ExitCodes.Canceled;
        }
    }

    private static async Task RunAsync(string socket, CancellationToken cancellationToken)
    {
        await using var app = ChildProcess.StartSelf("application", "app", socket, "--attached");
        await app.WaitForLineAsync(AppProcess.ReadyLine, cancellationToken);
        Write($"The application is process {app.Id} and listens at {socket}.");

        await using var sidecar = ChildProcess.StartSelf("sidecar", "sidecar", socket, "--listen", "http://127.0.0.1:0", "--attached");
        var address = new Uri(await sidecar.WaitForLineAsync(GatewayProcess.ReadyLine, cancellationToken));
        Write($"The sidecar is process {sidecar.Id} and serves {address}.");

        await using var proxy = ChildProcess.StartWatched(
            "proxy", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "tachyon.dll"),
            "proxy", "--listen", "tcp://127.0.0.1:0", "--connect", $"tachyon://{socket}");
        var proxyAddress = (await proxy.WaitForErrorLineAsync("Listening on tcp://", cancellationToken)).Split(',')[0];
        Write($"The proxy is process {proxy.Id} and forwards {proxyAddress} to the application.");

        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
        Title("Over HTTP to the sidecar, which asks the application over shared memory");
        Write($"  GET /hello/Ada: {await http.GetStringAsync(new Uri("/hello/Ada", UriKind.Relative), cancellationToken)}");
        await WaitForHealthAsync(http, HttpStatusCode.OK, cancellationToken);

        await GreetFromPythonAsync(socket, proxyAddress, cancellationToken);
        await ChangeHealthAsync(app, http, socket, cancellationToken);

        await sidecar.StopAsync(cancellationToken);
        await proxy.StopAsync(cancellationToken);
        await app.StopAsync(cancellationToken);
        Title("All answered, and all processes ended in order.");
    }

    private static async Task GreetFromPythonAsync(string socket, string proxyAddress, CancellationToken cancellationToken)
    {
        if (await Python.FindAsync(cancellationToken) is not { } python)
        {
            Title(Python.Missing);
            return;
        }

        foreach (var (title, target) in new[]
        {
            ("From Python, at the same path as the sidecar", $"unix:{socket}"),
            ("From Python over TCP, through the proxy", proxyAddress),
        })
        {
            Title(title);
            await using var client = ChildProcess.Start(
                "client in Python", python, Path.Combine(AppContext.BaseDirectory, "Clients", "greet.py"), target);
            var (exitCode, output) = await client.FinishAsync(cancellationToken);
            Write($"  {output.TrimEnd().ReplaceLineEndings($"{Environment.NewLine}  ")}");
            if (exitCode != 0)
            {
                throw await client.FailureAsync();
            }
        }
    }

    /// <summary>The sidecar's readiness and the probe follow the health of the application.</summary>
    private static async Task ChangeHealthAsync(ChildProcess app, HttpClient http, string socket, CancellationToken cancellationToken)
    {
        Title("The application becomes unhealthy");
        app.Send(AppProcess.IllLine);
        await WaitForHealthAsync(http, HttpStatusCode.ServiceUnavailable, cancellationToken);
        await ProbeAsync(socket, ExitCodes.Failed, cancellationToken);
        Title("The application recovers");
        app.Send(AppProcess.WellLine);
        await WaitForHealthAsync(http, HttpStatusCode.OK, cancellationToken);
        await ProbeAsync(socket, ExitCodes.Success, cancellationToken);
    }

    private static async Task WaitForHealthAsync(HttpClient http, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        // The sidecar receives a change within about a second.
        for (var attempt = 0; attempt < 200; attempt++)
        {
            using var reply = await http.GetAsync(new Uri("/healthz", UriKind.Relative), cancellationToken);
            if (reply.StatusCode == expected)
            {
                Write($"  GET /healthz: {(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync(cancellationToken)}");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        throw new SampleException($"The sidecar did not answer {(int)expected} for the health of the application.");
    }

    private static async Task ProbeAsync(string socket, int expected, CancellationToken cancellationToken)
    {
        await using var probe = ChildProcess.StartSelf("probe", "probe", socket, "--service", "greet.Greeter");
        var (exitCode, output) = await probe.FinishAsync(cancellationToken);
        Write($"  probe of greet.Greeter: {output.Trim()}, exit code {exitCode}");
        if (exitCode != expected)
        {
            throw new SampleException($"The probe should have ended with exit code {expected}.");
        }
    }

    private static void Title(string text) => Console.WriteLine($"{Environment.NewLine}{text}");

    private static void Write(string text) => Console.WriteLine(text);
}
