using System.CommandLine;
using Samples;
using Sidecar.App;
using Sidecar.Coordinator;
using Sidecar.Gateway;
using Sidecar.Health;

namespace Sidecar;

/// <summary>Without a command the whole demonstration; with a command a single process, as a pod or a unit starts it.</summary>
internal static class Program
{
    private static readonly Argument<string> Socket = new("socket")
    {
        Description = "Path of the application's socket, such as /run/tachyon/app.sock.",
    };

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Where the sidecar serves HTTP.",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    private static readonly Option<string> Service = new("--service")
    {
        Description = "The service to check. Default: the application as a whole.",
        DefaultValueFactory = _ => "",
    };

    // For the coordinator: a child ends when its standard input does, so none outlives its parent.
    private static readonly Option<bool> Attached = new("--attached") { Hidden = true };

    private static Task<int> Main(string[] arguments) => SampleCommandLine.RunAsync(CreateRoot(), arguments);

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Runs an application, its sidecar, 'tachyon proxy' and a client in Python, and shows their calls.");
        root.SetAction((_, _) => CoordinatorProcess.RunAsync());

        var app = new Command("app", "The application: a gRPC service on shared memory.") { Socket, Attached };
        app.SetAction((result, _) => AppProcess.RunAsync(result.GetRequiredValue(Socket), result.GetValue(Attached)));
        root.Add(app);

        var sidecar = new Command("sidecar", "The sidecar: serves HTTP with the answers of the application.") { Socket, Listen, Attached };
        sidecar.SetAction((result, _) => GatewayProcess.RunAsync(
            result.GetRequiredValue(Socket), result.GetValue(Listen)!, result.GetValue(Attached)));
        root.Add(sidecar);

        var probe = new Command("probe", "Asks the application for its health: exit code 0 when it is serving.") { Socket, Service };
        probe.SetAction((result, _) => HealthProbe.RunAsync(result.GetRequiredValue(Socket), result.GetValue(Service)!));
        root.Add(probe);
        return root;
    }
}
