using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tachyon.AspNetCore;
using Tachyon.AspNetCore.Internal;
using Tachyon.AspNetCore.Internal.Direct;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Adds the shared-memory transport to Kestrel.</summary>
public static class WebHostBuilderTachyonExtensions
{
    /// <summary>
    /// Adds the shared-memory transport beside the sockets transport. Endpoints made with
    /// <see cref="KestrelServerOptionsTachyonExtensions"/> use it, all others work as before, in any order of registration. For direct
    /// mode see <see cref="TachyonTransportOptions.AllowDirect"/>. The options are bound to the configuration section <c>Tachyon</c>. URLs
    /// in the configuration of Kestrel and in <c>ASPNETCORE_URLS</c> may be <c>tachyon:///run/app.sock</c>. On systems other than 64-bit
    /// Linux the endpoints are plain Unix sockets of Kestrel.
    /// </summary>
    /// <param name="builder">The web host builder.</param>
    /// <param name="configure">Sets options, after the configuration; may be called several times.</param>
    public static IWebHostBuilder UseTachyon(this IWebHostBuilder builder, Action<TachyonTransportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Before the registration below: Kestrel adds the sockets transport only when no transport is registered, and without it IP
        // endpoints fail.
        builder.UseSockets();
        builder.ConfigureAppConfiguration((_, configuration) =>
        {
            // A WebApplicationBuilder calls this at once. A generic host calls it when it is built, before it adds any service, and then
            // adds this last: Kestrel may be added after UseTachyon.
            builder.ConfigureServices(CapturingServer.Decorate);
            if (!configuration.Sources.OfType<KestrelUrlProvider>().Any())
            {
                configuration.Add(new KestrelUrlProvider());
            }
        });
        return builder.ConfigureServices(services =>
        {
            if (!services.Any(static service => service.ServiceType == typeof(TachyonTransportMarker)))
            {
                services.AddSingleton<TachyonTransportMarker>();
                services.AddHostedService<StartCheck>();
                services.AddSingleton<CapturedApplication>();
                services.AddSingleton<DirectEndPoints>();

                // Checked before the binder, which reads "0660" as a decimal number and ignores what it does not know.
                services.AddOptionsWithValidateOnStart<TachyonTransportOptions>()
                    .Configure<IConfiguration>(static (_, configuration) => ServerConfiguration.Check(configuration))
                    .BindConfiguration(ServerConfiguration.Section)
                    .Configure<IConfiguration>(ServerConfiguration.SetMode);
            }

            services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, TachyonTransportFactory>());
            if (configure is not null)
            {
                services.Configure(configure);
            }
        });
    }
}
