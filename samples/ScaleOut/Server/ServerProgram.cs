using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ScaleOut.Server;

/// <summary>The service. Where it listens is in its configuration only: Kestrel:Endpoints:Grpc:Url.</summary>
internal static class ServerProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseTachyon();
        builder.Services.AddGrpc();

        var app = builder.Build();
        app.MapGrpcService<DiceService>();
        await app.StartAsync();
        Console.WriteLine($"Listening on {app.Urls.Single()}");
        if (app.Configuration.GetValue("EndWithInput", defaultValue: false))
        {
            EndWithInput(app.Lifetime);
        }

        await app.WaitForShutdownAsync();
        return 0;
    }

    // Whoever started the process holds the other end of its standard input, and may be killed.
    private static void EndWithInput(IHostApplicationLifetime lifetime)
        => new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            input.CopyTo(Stream.Null);
            lifetime.StopApplication();
        })
        { IsBackground = true, Name = "end with input" }.Start();
}
