using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Ledgers;

/// <summary>A host that serves with a ledger.</summary>
internal static class LedgerHost
{
    /// <summary>For a stop that lets every call finish: longer than all of them take.</summary>
    public static readonly TimeSpan Patient = TimeSpan.FromSeconds(15);

    /// <summary>For a stop that cuts calls that would go on for ever.</summary>
    public static readonly TimeSpan Impatient = TimeSpan.FromMilliseconds(50);

    public static WebApplication Build(HostSettings settings, Ledger ledger, TimeSpan shutdownTimeout)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(static kestrel => kestrel.Limits.MinRequestBodyDataRate = null);
        TestTransport.For(settings.Transport).Listen(builder.WebHost, settings.Path, null);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = shutdownTimeout);
        builder.Services.AddRouting();
        builder.Services.AddSingleton(ledger);
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<LedgerService>();
        return app;
    }

    /// <summary>The server is under load: the clients have come to speed.</summary>
    public static async Task UnderLoadAsync(Ledger ledger, int messages)
    {
        while (ledger.Count < messages)
        {
            await Task.Delay(1);
        }
    }
}
