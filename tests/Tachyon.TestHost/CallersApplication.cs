using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.TestHost.Services;
using Tachyon.Transport;

namespace Tachyon.TestHost;

/// <summary>The options of a test application that knows its callers; beside the transport's endpoint it has one over TCP.</summary>
public static class CallersApplication
{
    /// <summary>Of a server that users may call whom the kernel cannot map.</summary>
    public static TestApplicationOptions ForUnmappedUsers { get; } = Options(
        services: static services => services.Configure<TachyonTransportOptions>(static options =>
        {
            options.SocketMode = (UnixFileMode)0b110_110_110;
            options.AllowedUserIds.Add(TestUsers.Overflow);
        }));

    /// <param name="peer">Sets the options of the authentication.</param>
    /// <param name="services">Further services.</param>
    /// <param name="first">Middleware before the authentication.</param>
    public static TestApplicationOptions Options(
        Action<TachyonPeerOptions>? peer = null, Action<IServiceCollection>? services = null, Action<WebApplication>? first = null)
        => new()
        {
            Kestrel = static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2),
            Services = all =>
            {
                all.AddAuthentication().AddTachyonPeer(peer);
                all.AddAuthorization();
                services?.Invoke(all);
            },
            Application = app =>
            {
                first?.Invoke(app);
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGrpcService<CallersService>();
            },
        };
}
