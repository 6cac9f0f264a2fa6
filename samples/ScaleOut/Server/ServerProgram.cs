using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Samples;

namespace ScaleOut.Server;

/// <summary>The service. Its configuration alone has the address: Kestrel:Endpoints:Grpc:Url.</summary>
internal static class ServerProgram
{
    /// <summary>The line on standard output before the URL, after which the server accepts connections.</summary>
    public const string ReadyPrefix = "Listening on ";

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseTachyon();
        builder.Services.AddGrpc();

        var app = builder.Build();
        app.MapGrpcService<DiceService>();
        await app.StartAsync();
        Console.WriteLine(ReadyPrefix + app.Urls.Single());
        if (app.Configuration.GetValue("EndWithInput", defaultValue: false))
        {
            Parent.Attach(app.Lifetime);
        }

        await app.WaitForShutdownAsync();
        return 0;
    }
}
