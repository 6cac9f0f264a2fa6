using Greet;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Samples;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Sidecar.Gateway;

/// <summary>The sidecar: HTTP outside, gRPC over shared memory to the application.</summary>
internal static class GatewayProcess
{
    /// <summary>The line on standard output before the address, after which it accepts connections.</summary>
    public const string ReadyLine = "ready at ";

    private static readonly TimeSpan s_callLimit = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string socket, string listen, bool attached)
    {
        // The two may start in any order.
        var options = new TachyonChannelOptions { WaitForServer = TimeSpan.FromSeconds(30) };
        using var channel = TachyonChannel.ForAddress(socket, options);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(listen);
        builder.Services.AddSingleton(new Greeter.GreeterClient(channel));
        builder.Services.AddSingleton(new Grpc.Health.V1.Health.HealthClient(channel));
        builder.Services.AddSingleton<HealthWatcher>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<HealthWatcher>());

        await using var app = builder.Build();
        app.MapGet("/hello/{name}", HelloAsync);
        app.MapGet("/healthz", (HealthWatcher health) =>
            Results.Text(health.Status, statusCode: health.IsServing ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable));
        await app.StartAsync();
        Console.WriteLine($"{ReadyLine}{app.Urls.First()}");
        if (attached)
        {
            Parent.Attach(app.Lifetime);
        }

        await app.WaitForShutdownAsync();
        return ExitCodes.Success;
    }

    private static async Task<IResult> HelloAsync(string name, Greeter.GreeterClient greeter, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await greeter.SayHelloAsync(
                new HelloRequest { Name = name }, deadline: DateTime.UtcNow + s_callLimit, cancellationToken: cancellationToken);
            return Results.Text(reply.Message);
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return Results.Text(exception.Status.Detail, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
