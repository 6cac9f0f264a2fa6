using System.Net;
using System.Runtime.InteropServices;
using Sidecar.App;
using Sidecar.Gateway;

namespace Sidecar.Coordinator;

/// <summary>What the user runs: it starts the processes, lets them talk, shows what they say, and cleans up.</summary>
internal static class CoordinatorProcess
{
    public static async Task<int> RunAsync()
    {
        using var cancellation = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        var directory = Directory.CreateTempSubdirectory("sidecar-");
        try
        {
            await RunAsync(Path.Combine(directory.FullName, "app.sock"), cancellation.Token);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }
        catch (TimeoutException)
        {
            throw new SampleException("A process did not answer in time.");
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            cancellation.Cancel();
        }
    }

    private static async Task RunAsync(string socket, CancellationToken cancellationToken)
    {
        await using var app = ChildProcess.StartSelf("application", "app", socket, "--attached");
        await app.AwaitLineAsync(AppProcess.ReadyLine, cancellationToken);
        Say($"The application is process {app.Id} and listens at {socket}.");

        await using var sidecar = ChildProcess.StartSelf("sidecar", "sidecar", socket, "--listen", "http://127.0.0.1:0", "--attached");
        var address = new Uri(await sidecar.AwaitLineAsync(GatewayProcess.ReadyLine, cancellationToken));
        Say($"The sidecar is process {sidecar.Id} and serves {address}.");

        await using var proxy = ChildProcess.StartTool("proxy", "--listen", "tcp://127.0.0.1:0", "--connect", $"tachyon://{socket}");
        var door = (await proxy.AwaitErrorLineAsync("Listening on tcp://", cancellationToken)).Split(',')[0];
        Say($"The proxy is process {proxy.Id} and leads {door} to the application.");

        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
        Title("Over HTTP to the sidecar, which asks the application over shared memory");
        Say($"  GET /hello/Ada: {await http.GetStringAsync(new Uri("/hello/Ada", UriKind.Relative), cancellationToken)}");
        await AwaitHealthAsync(http, HttpStatusCode.OK, cancellationToken);

        await GreetFromPythonAsync(socket, door, cancellationToken);
        await FallIllAsync(app, http, socket, cancellationToken);

        await sidecar.StopAsync(cancellationToken);
        await proxy.StopAsync(cancellationToken);
        await app.StopAsync(cancellationToken);
        Title("All answered, and all processes ended in order.");
    }

    private static async Task GreetFromPythonAsync(string socket, string door, CancellationToken cancellationToken)
    {
        if (await Python.FindAsync(cancellationToken) is not { } python)
        {
            Title(Python.Missing);
            return;
        }

        foreach (var (title, target) in new[]
        {
            ("From Python, at the same path as the sidecar", $"unix:{socket}"),
            ("From Python over TCP, through the proxy", door),
        })
        {
            Title(title);
            await using var client = ChildProcess.Start(
                "client in Python", python, [Path.Combine(AppContext.BaseDirectory, "Clients", "greet.py"), target], errors: false);
            var (exitCode, output) = await client.FinishAsync(cancellationToken);
            Say($"  {output.TrimEnd().ReplaceLineEndings($"{Environment.NewLine}  ")}");
            if (exitCode != 0)
            {
                throw new SampleException($"The client in Python ended with exit code {exitCode}.");
            }
        }
    }

    /// <summary>Health travels: the sidecar's readiness and the probe follow the application.</summary>
    private static async Task FallIllAsync(ChildProcess app, HttpClient http, string socket, CancellationToken cancellationToken)
    {
        Title("The application falls ill");
        app.Send(AppProcess.IllLine);
        await AwaitHealthAsync(http, HttpStatusCode.ServiceUnavailable, cancellationToken);
        await ProbeAsync(socket, ExitCodes.Failed, cancellationToken);
        Title("The application recovers");
        app.Send(AppProcess.WellLine);
        await AwaitHealthAsync(http, HttpStatusCode.OK, cancellationToken);
        await ProbeAsync(socket, ExitCodes.Success, cancellationToken);
    }

    private static async Task AwaitHealthAsync(HttpClient http, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        // The sidecar watches: it learns of a change within a second or so.
        for (var attempt = 0; attempt < 200; attempt++)
        {
            using var reply = await http.GetAsync(new Uri("/healthz", UriKind.Relative), cancellationToken);
            if (reply.StatusCode == expected)
            {
                Say($"  GET /healthz: {(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync(cancellationToken)}");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        throw new SampleException($"The sidecar did not come to say {(int)expected} about the application.");
    }

    private static async Task ProbeAsync(string socket, int expected, CancellationToken cancellationToken)
    {
        await using var probe = ChildProcess.StartSelf("probe", "probe", socket, "--service", "greet.Greeter");
        var (exitCode, output) = await probe.FinishAsync(cancellationToken);
        Say($"  probe of greet.Greeter: {output.Trim()}, exit code {exitCode}");
        if (exitCode != expected)
        {
            throw new SampleException($"The probe should have ended with exit code {expected}.");
        }
    }

    private static void Title(string text) => Console.WriteLine($"{Environment.NewLine}{text}");

    private static void Say(string text) => Console.WriteLine(text);
}
