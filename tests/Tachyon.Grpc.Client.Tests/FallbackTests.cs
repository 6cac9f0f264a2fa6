using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>
/// A client finds a server, but no shared memory. That its calls can do all that they can over a plain socket, the suite shows by
/// <see cref="TransportKind.SocketOnlyServer"/>; this is about when it goes on, and what it says.
/// </summary>
[Collection(Serial.Name)]
public sealed class FallbackTests
{
    [Fact]
    public async Task Fallback_is_logged_once_for_a_channel_and_counted_for_each_connection()
    {
        long counted = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument is { Name: "tachyon.fallbacks", Meter.Name: "Tachyon.Grpc.Client" })
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            Assert.Equal("not_a_tachyon_server", Assert.Single(tags.ToArray()).Value);
            Interlocked.Add(ref counted, value);
        });
        listener.Start();
        await using var server = await TestServer.StartAsync(TransportKind.UnixSocket);
        using var logs = new CapturedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        using (var handler = new SocketsHttpHandler())
        {
            handler.PooledConnectionLifetime = TimeSpan.Zero;
            using var channel = TachyonChannel.ForAddress(
                server.Path, channelOptions: new GrpcChannelOptions { HttpHandler = handler, LoggerFactory = loggers });

            // A connection for each call.
            for (var index = 0; index < 3; index++)
            {
                await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");
            }
        }

        var warning = Assert.Single(logs.Entries, static entry => entry is { Category: "Tachyon.Grpc.Client", Level: >= LogLevel.Warning });
        Assert.Equal("FellBack", warning.Event.Name);
        Assert.Contains(server.Path, warning.Message, StringComparison.Ordinal);
        Assert.Contains("not a Tachyon server", warning.Message, StringComparison.Ordinal);
        Assert.Equal(3, Interlocked.Read(ref counted));
    }

    [Fact]
    public async Task First_connection_over_shared_memory_is_logged()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        using var logs = new CapturedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        using var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero };
        using (var channel = TachyonChannel.ForAddress(
            server.Path,
            channelOptions: new GrpcChannelOptions { HttpHandler = handler, LoggerFactory = loggers }))
        {
            for (var index = 0; index < 3; index++)
            {
                await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");
            }
        }

        var entry = Assert.Single(logs.Entries, static entry => entry.Category == "Tachyon.Grpc.Client");
        Assert.Equal((LogLevel.Information, "Connected"), (entry.Level, entry.Event.Name));
        Assert.Equal($"Connected to '{server.Path}' over shared memory.", entry.Message);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, false)]
    [InlineData(HttpProtocols.Http2, false)]
    [InlineData(HttpProtocols.Http1AndHttp2, false)]
    [InlineData(HttpProtocols.Http1AndHttp2, true)]
    public async Task Plain_http2_server_is_recognized_by_its_reply(HttpProtocols protocols, bool tls)
    {
        await using var server = await TestServer.StartAsync(TransportKind.UnixSocket, new TestApplicationOptions
        {
            Listen = listen =>
            {
                listen.Protocols = protocols;
                if (tls)
                {
                    listen.UseHttps(TestCertificate.Value);
                }
            },
        });

        // With the handshake's timeout far away.
        var exception = await Assert.ThrowsAsync<TachyonConnectException>(
            () => TachyonConnection.ConnectAsync(server.Path, new TachyonChannelOptions { HandshakeTimeout = TimeSpan.FromDays(1) })
                .Within("the verdict"));

        Assert.Equal(TachyonConnectError.NotATachyonServer, exception.Error);
    }

    [Fact]
    public async Task Server_that_hangs_up_is_asked_once_more_before_memory_is_given_up()
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        using var stopping = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stopping.Bind(new UnixDomainSocketEndPoint(path));
        stopping.Listen();
        using var channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { WaitForServer = Watchdog.Limit });

        var call = new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync;

        // As a server that stops just then (.NET removes the file of its socket): its successor is there when the client asks again.
        var first = await stopping.AcceptAsync().Within("the client");
        stopping.Dispose();
        await using var successor = await TestServer.StartAtAsync(TransportKind.Adaptive, path);
        first.Dispose();

        await call.Within("the call");
        Assert.DoesNotContain(successor.Logs.Entries, static entry => entry.Event.Name == "AcceptedSocketClient");
    }

    [Theory]
    [InlineData(TachyonSharedMemory.Prefer)]
    [InlineData(TachyonSharedMemory.Require)]
    public async Task Server_that_can_not_make_the_memory_serves_over_the_socket_unless_memory_is_required(TachyonSharedMemory sharedMemory)
    {
        using var directory = new TempDirectory();
        await using var server = await HostProgram.StartAsync(HostRole.Server, TransportKind.Park, directory.FilePath("s"));

        // Not its descriptors: without any, the runtime aborts the process where it wants another thread, which takes a pipe.
        ResourceLimits.LimitFileSize(server.Id, 4_096);
        using var channel = TachyonChannel.ForAddress(directory.FilePath("s"), new TachyonChannelOptions { SharedMemory = sharedMemory });

        var call = new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync;

        if (sharedMemory == TachyonSharedMemory.Prefer)
        {
            Assert.Equal(server.Id, (await call.Within("the call")).ProcessId);
        }
        else
        {
            var exception = await Assert.ThrowsAsync<RpcException>(() => call.Within("the call"));
            Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
            Assert.Contains("could not make the shared memory", exception.Status.Detail, StringComparison.Ordinal);
        }

        ResourceLimits.FreeFileSize(server.Id);
    }
}
