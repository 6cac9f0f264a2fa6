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
    private static readonly Argument<string> s_socket = new("socket")
    {
        Description = "Path of the application's socket, such as /run/tachyon/app.sock.",
    };

    private static readonly Option<string> s_listen = new("--listen")
    {
        Description = "Where the sidecar serves HTTP.",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    private static readonly Option<string> s_service = new("--service")
    {
        Description = "The service to check. Default: the application as a whole.",
        DefaultValueFactory = _ => "",
    };

    // For the coordinator: a child ends when its standard input does, so none outlives its parent.
    private static readonly Option<bool> s_attached = new("--attached") { Hidden = true };

    private static Task<int> Main(string[] arguments) => SampleCommandLine.RunAsync(CreateRoot(), arguments);

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Runs an application, its sidecar, 'tachyon proxy' and a client in Python, and shows their calls.");
        root.SetAction((_, _) => CoordinatorProcess.RunAsync());

        var app = new Command("app", "The application: a gRPC service on shared memory.") { s_socket, s_attached };
        app.SetAction((result, _) => AppProcess.RunAsync(result.GetRequiredValue(s_socket), result.GetValue(s_attached)));
        root.Add(app);

        var sidecar = new Command("sidecar", "The sidecar: serves HTTP with the answers of the application.") { s_socket, s_listen, s_attached };
        sidecar.SetAction((result, _) => GatewayProcess.RunAsync(
            result.GetRequiredValue(s_socket), result.GetValue(s_listen)!, result.GetValue(s_attached)));
        root.Add(sidecar);

        var probe = new Command("probe", "Asks the application for its health: exit code 0 when it is serving.") { s_socket, s_service };
        probe.SetAction((result, _) => HealthProbe.RunAsync(result.GetRequiredValue(s_socket), result.GetValue(s_service)!));
        root.Add(probe);
        return root;
    }
}
