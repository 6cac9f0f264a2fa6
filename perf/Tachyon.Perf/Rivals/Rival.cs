using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.Perf.Service;

namespace Tachyon.Perf.Rivals;

/// <summary>One way to carry the calls. The service, the host and the limits are the same for all.</summary>
internal abstract class Rival(string name, string description)
{
    internal string Name { get; } = name;

    internal string Description { get; } = description;

    /// <summary>Client and server live in one process: there is no second one to start.</summary>
    internal virtual bool InProcess => false;

    internal WebApplication CreateServer(string path)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        Configure(builder, path);
        WebApplication app = builder.Build();
        app.MapGrpcService<EchoService>();
        return app;
    }

    /// <summary>Where clients of a started server connect.</summary>
    internal virtual string AddressOf(WebApplication server, string path) => path;

    internal GrpcChannel CreateChannel(string address)
        => CreateChannel(address, new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });

    protected abstract void Configure(WebApplicationBuilder builder, string path);

    protected abstract GrpcChannel CreateChannel(string address, GrpcChannelOptions options);
}
