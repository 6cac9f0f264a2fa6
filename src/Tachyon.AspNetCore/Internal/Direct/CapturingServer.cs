using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>
/// Kestrel, unchanged. It only sees the application that the host gives to Kestrel, which no other place does
/// (docs/adr/0028-direct-mode.md).
/// </summary>
internal sealed class CapturingServer(IServer inner, CapturedApplication captured) : IServer
{
    internal IServer Inner => inner;

    public IFeatureCollection Features => inner.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        captured.Set(application);
        return inner.StartAsync(application, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

    public void Dispose() => inner.Dispose();

    /// <summary>Puts itself in front of Kestrel. Does nothing where another server is registered, or where it has done so.</summary>
    internal static void Decorate(IServiceCollection services)
    {
        var descriptor = services.LastOrDefault(static service => service.ServiceType == typeof(IServer));
        if (descriptor?.ImplementationType is not { } type || type.Assembly != typeof(KestrelServer).Assembly)
        {
            return;
        }

        services.Remove(descriptor);
        services.AddSingleton<IServer>(provider => new CapturingServer(
            (IServer)ActivatorUtilities.CreateInstance(provider, type), provider.GetRequiredService<CapturedApplication>()));
    }
}

/// <summary>The application of the host, once the server was started with it.</summary>
internal sealed class CapturedApplication
{
    private Func<DirectConnection, DirectStream>? _createStream;

    internal bool IsSet => Volatile.Read(ref _createStream) is not null;

    internal void Set<TContext>(IHttpApplication<TContext> application)
        where TContext : notnull
        => Volatile.Write(ref _createStream, connection => new DirectStream<TContext>(connection, application));

    /// <summary>A stream whose requests go to the application.</summary>
    internal DirectStream CreateStream(DirectConnection connection)
        => _createStream?.Invoke(connection) ?? throw new InvalidOperationException("The server was not started with an application.");
}
