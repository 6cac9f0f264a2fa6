using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost;

/// <summary>What a test changes in the server; everything else is the same for all of them.</summary>
public sealed record TestApplicationOptions
{
    public Action<ListenOptions>? Listen { get; init; }

    public Action<KestrelServerOptions>? Kestrel { get; init; }

    public Action<GrpcServiceOptions>? Grpc { get; init; }

    public Action<IServiceCollection>? Services { get; init; }

    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>Middleware and endpoints beside the test services.</summary>
    public Action<WebApplication>? Application { get; init; }
}

/// <summary>The server under test: Kestrel with one endpoint of the given transport and all test services.</summary>
public static class TestApplication
{
    public static WebApplication Build(TestTransport transport, string path, TestApplicationOptions options)
    {
        // The empty builder watches no configuration files: a suite with hundreds of servers would run out of inotify instances.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => Configure(kestrel, options));
        transport.Listen(builder.WebHost, path, options.Listen);
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
        options.Logging?.Invoke(builder.Logging);

        AddTestServices(builder.Services, options.Grpc);
        options.Services?.Invoke(builder.Services);

        var app = builder.Build();
        options.Application?.Invoke(app);
        MapTestServices(app);
        return app;
    }

    public static void AddTestServices(IServiceCollection services, Action<GrpcServiceOptions>? configure = null)
    {
        services.AddRouting();
        services.AddSingleton<ServerProbe>();
        services.AddGrpc(grpc =>
        {
            // The largest messages of the suite are above gRPC's default of 4 MiB.
            grpc.MaxReceiveMessageSize = null;
            grpc.MaxSendMessageSize = null;
            configure?.Invoke(grpc);
        });
    }

    public static void MapTestServices(WebApplication app)
    {
        app.MapGrpcService<EchoService>();
        app.MapGrpcService<HoldService>();
        app.MapGrpcService<OutcomeService>();
        app.MapGrpcService<FlowService>();
        app.MapGrpcService<IdentityService>();
        app.MapGrpcService<WatchService>();
    }

    private static void Configure(KestrelServerOptions kestrel, TestApplicationOptions options)
    {
        // Kestrel aborts a connection whose peer is slow for some seconds. Peers that stand still are what several tests are
        // about, and a busy machine must not turn into a failed test either.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestBodySize = null;
        options.Kestrel?.Invoke(kestrel);
    }
}
