using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests;

/// <summary>What a connection tells to middleware and metrics: the same as Kestrel's Unix socket at the same path.</summary>
public sealed class ConnectionFeatureTests
{
    private sealed record Facts(
        string Local, string Remote, int IdLength, bool IdIsBase32, bool HasRequiredFeatures, string Metrics);

    [Fact]
    public async Task Connection_features_equal_those_of_a_unix_socket()
    {
        using var directory = new TempDirectory();

        var socket = await CollectAsync(TransportKind.UnixSocket, directory.FilePath("s"));
        var memory = await CollectAsync(TransportKind.Adaptive, directory.FilePath("s"));

        Assert.Equal(socket, memory);
        Assert.Equal(13, memory.IdLength);
        Assert.Contains("network.transport=unix", memory.Metrics, StringComparison.Ordinal);
    }

    private static async Task<Facts> CollectAsync(TransportKind kind, string path)
    {
        var seen = new ConcurrentQueue<ConnectionContext>();
        var tags = new ConcurrentQueue<string>();
        using var meter = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "kestrel.active_connections")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<long>((_, _, measured, _) =>
        {
            // Other tests of the process have connections too.
            var text = string.Join(' ', measured.ToArray().Select(static tag => $"{tag.Key}={tag.Value}").Order());
            if (text.Contains(path, StringComparison.Ordinal))
            {
                tags.Enqueue(text);
            }
        });
        meter.Start();

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        void Configure(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => connection =>
            {
                seen.Enqueue(connection);
                return next(connection);
            });
        }

        builder.WebHost.UseTachyon().UseKestrel(kestrel =>
        {
            if (kind == TransportKind.UnixSocket)
            {
                kestrel.ListenUnixSocket(path, Configure);
            }
            else
            {
                kestrel.ListenTachyon(path, Configure);
            }
        });
        await using var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync(context.Connection.Id));
        await app.StartAsync().Within("the start of the host");

        using var client = new HttpClient(TestTransport.For(kind).Attach(new SocketsHttpHandler(), path))
        {
            BaseAddress = TestTransport.Address,
            DefaultRequestVersion = new Version(2, 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var id = await client.GetStringAsync("/").Within("the page");
        var connection = Assert.Single(seen);
        Assert.Equal(connection.ConnectionId, id);
        Assert.IsType<UnixDomainSocketEndPoint>(connection.RemoteEndPoint);
        return new Facts(
            $"{connection.LocalEndPoint?.GetType()} {connection.LocalEndPoint}",
            $"{connection.RemoteEndPoint?.GetType()} {connection.RemoteEndPoint} {connection.RemoteEndPoint?.AddressFamily}",
            id.Length,
            id.All(static digit => digit is (>= '0' and <= '9') or (>= 'A' and <= 'V')),
            connection.Features.Get<IConnectionIdFeature>() is not null
                && connection.Features.Get<IConnectionTransportFeature>() is not null
                && connection.Features.Get<IConnectionItemsFeature>() is not null
                && connection.Features.Get<IConnectionLifetimeFeature>() is not null
                && connection.Features.Get<IMemoryPoolFeature>() is not null,
            tags.TryPeek(out var measured) ? measured : "none");
    }
}
