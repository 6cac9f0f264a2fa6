using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>Reads the options of all clients of a service provider from the configuration section <c>TachyonClient</c>, if it has a
/// configuration.</summary>
internal sealed class ClientConfiguration(IServiceProvider services) : IConfigureNamedOptions<TachyonChannelOptions>
{
    private const string Section = "TachyonClient";

    /// <summary>Adds it once, before all that code configures: code has the last word.</summary>
    internal static void AddTo(IServiceCollection services)
    {
        if (!services.Any(static service => service.ImplementationType == typeof(ClientConfiguration)))
        {
            services.AddOptions();
            services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<TachyonChannelOptions>, ClientConfiguration>());
        }
    }

    public void Configure(TachyonChannelOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, TachyonChannelOptions options)
        => services.GetService<IConfiguration>()?.GetSection(Section)
            .Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
}
