using System.CommandLine;
using System.CommandLine.Invocation;
using Sidecar.App;
using Sidecar.Coordinator;
using Sidecar.Gateway;
using Sidecar.Health;

namespace Sidecar;

/// <summary>Without a command everything at once; with one a single process, as a pod or a unit starts it.</summary>
internal static class CommandLine
{
    private static readonly Argument<string> Socket = new("socket") { Description = "Path of the application's socket, such as /run/tachyon/app.sock." };

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Where the sidecar serves HTTP.",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    private static readonly Option<string> Service = new("--service")
    {
        Description = "Ask for this service; without it for the application as a whole.",
        DefaultValueFactory = _ => "",
    };

    // For the coordinator: a child ends when its standard input does, so none outlives its parent.
    private static readonly Option<bool> Attached = new("--attached") { Hidden = true };

    public static async Task<int> RunAsync(string[] arguments)
    {
        var result = CreateRoot().Parse(arguments);
        if (result.Action is ParseErrorAction)
        {
            foreach (var error in result.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            return ExitCodes.Usage;
        }

        try
        {
            // Signals have their own handling here, and exceptions too.
            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (SampleException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Failed;
        }
    }

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Runs an application, its sidecar, 'tachyon proxy' and a client in Python, and lets them talk to each other.");
        root.SetAction((_, _) => CoordinatorProcess.RunAsync());

        var app = new Command("app", "The application: a gRPC service on shared memory.") { Socket, Attached };
        app.SetAction((result, _) => AppProcess.RunAsync(result.GetRequiredValue(Socket), result.GetValue(Attached)));
        root.Add(app);

        var sidecar = new Command("sidecar", "The sidecar: HTTP for others, answered by the application.") { Socket, Listen, Attached };
        sidecar.SetAction((result, _) => GatewayProcess.RunAsync(result.GetRequiredValue(Socket), result.GetValue(Listen)!, result.GetValue(Attached)));
        root.Add(sidecar);

        var probe = new Command("probe", "Asks the application for its health: exit code 0 when it is serving.") { Socket, Service };
        probe.SetAction((result, _) => HealthProbe.RunAsync(result.GetRequiredValue(Socket), result.GetValue(Service)!));
        root.Add(probe);
        return root;
    }
}
