using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tachyon.AspNetCore.Internal.Direct;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Before Kestrel starts: brings the addresses of sockets into the spelling that Kestrel reads, and refuses those that Kestrel would
/// misread; warns where direct mode is not possible. After the start: warns about sockets of the service manager that no endpoint uses.
/// </summary>
internal sealed class StartCheck(IServiceProvider services, ILoggerFactory loggerFactory) : IHostedLifecycleService
{
    // What Kestrel lists for ListenHandle, which UseSystemd calls: it may be any of the sockets of the service manager.
    private const string FileHandle = "<file handle>";

    private readonly ILogger _logger = loggerFactory.CreateLogger("Tachyon.AspNetCore");

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var registered = services.GetService<IServer>();
        var server = (registered as CapturingServer)?.Inner ?? registered;
        if (server is not null && server.GetType().Assembly == typeof(KestrelServer).Assembly)
        {
            if (registered == server && services.GetRequiredService<IOptions<TachyonTransportOptions>>().Value.AllowDirect)
            {
                TachyonLog.DirectNotPossible(_logger);
            }

            CheckConfiguration();
            TranslateUrls(server.Features.Get<IServerAddressesFeature>()?.Addresses);
        }

        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var addresses = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses;
        if (addresses?.Any(static address => address.Contains(FileHandle, StringComparison.Ordinal)) != true)
        {
            foreach (var address in TachyonListener.FindUnusedInheritedSockets())
            {
                TachyonLog.SocketNotUsed(_logger, address);
            }
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void CheckConfiguration()
    {
        var configuration = services.GetService<IConfiguration>();
        var kestrel = services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.ConfigurationLoader?.Configuration;
        var endpoints = kestrel?.GetSection("Endpoints");
        if (configuration is IConfigurationRoot root)
        {
            foreach (var provider in root.Providers.OfType<KestrelUrlProvider>())
            {
                provider.Attach(root, endpoints?.Path ?? "");
            }
        }

        Check(configuration?.GetSection(WebHostDefaults.ServerUrlsKey));
        foreach (var endpoint in endpoints?.GetChildren() ?? [])
        {
            Check(endpoint.GetSection("Url"));
        }
    }

    /// <summary>What the provider could not translate or does not see: a source that was added after it, or a configuration of Kestrel's
    /// own.</summary>
    private static void Check(IConfigurationSection? setting)
    {
        foreach (var url in setting?.Value?.Split(';', StringSplitOptions.TrimEntries) ?? [])
        {
            string? problem;
            try
            {
                problem = KestrelUrl.Translate(url) is { } translated ? $"write '{translated}'." : null;
            }
            catch (ArgumentException exception)
            {
                problem = exception.Message;
            }

            if (problem is not null)
            {
                throw new InvalidOperationException($"The configuration value '{setting!.Path}' is '{url}': {problem}");
            }
        }
    }

    /// <summary>Addresses that code has added: app.Urls.</summary>
    private static void TranslateUrls(ICollection<string>? addresses)
    {
        if (addresses is null or { IsReadOnly: true } || !addresses.Any(static address => KestrelUrl.Translate(address) is not null))
        {
            return;
        }

        string[] translated = [.. addresses.Select(static address => KestrelUrl.Translate(address) ?? address)];
        addresses.Clear();
        foreach (var address in translated)
        {
            addresses.Add(address);
        }
    }
}
