using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>The operator's switches at the client. They are of the process, as is the meter.</summary>
[Collection(Serial.Name)]
public sealed class SharedMemorySwitchTests : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable);

    public void Dispose() => Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, _before);

    [Theory]
    [InlineData(true, "the environment variable TACHYON_SHARED_MEMORY is 'off'")]
    [InlineData(false, "SharedMemory of the client is Off")]
    public async Task Switch_leads_to_the_socket_without_a_handshake(bool isEnvironment, string reason)
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        using var logs = new CapturedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        using var fallbacks = new FallbackListener();
        using var channel = TachyonChannel.ForAddress(
            server.Path, Options(isEnvironment), new GrpcChannelOptions { LoggerFactory = loggers });

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");

        var line = Assert.Single(logs.Entries, static entry => entry.Category == "Tachyon.Grpc.Client");
        Assert.Equal((203, LogLevel.Information), (line.Event.Id, line.Level));
        Assert.Equal($"Connected to '{server.Path}' over its Unix socket, without shared memory, because {reason}.", line.Message);
        Assert.Equal(["turned_off"], fallbacks.Reasons);
        Assert.Contains(server.Logs.Entries, static entry => entry.Event.Name == "AcceptedSocketClient");
        Assert.DoesNotContain(server.Logs.Entries, static entry => entry.Event.Name == "HandshakeFailed");
    }

    [Theory]
    [InlineData(TachyonSharedMemory.Require, TachyonProtocol.Http2)]
    [InlineData(TachyonSharedMemory.Require, TachyonProtocol.PreferDirect)]
    [InlineData(TachyonSharedMemory.Prefer, TachyonProtocol.RequireDirect)]
    public async Task Calls_that_require_shared_memory_fail_with_the_switch(TachyonSharedMemory sharedMemory, TachyonProtocol protocol)
    {
        await using var server = await TestServer.StartAsync(TransportKind.Direct);
        Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, "off");
        using var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { SharedMemory = sharedMemory, Protocol = protocol });

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call"));

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Contains(
            $"Calls to '{server.Path}' require shared memory, and this process has none, because the environment variable TACHYON_SHARED_MEMORY is 'off'.",
            exception.Status.Detail,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TachyonProtocol.Http2)]
    [InlineData(TachyonProtocol.PreferDirect)]
    public async Task Calls_that_prefer_direct_mode_go_over_the_socket(TachyonProtocol protocol)
    {
        await using var server = await TestServer.StartAsync(TransportKind.Direct);
        using var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Off, Protocol = protocol });

        PayloadAssert.Is(await new Echo.EchoClient(channel).UnaryAsync(Content.Create(5, 100)).ResponseAsync.Within("a call"), 5, 100);
        Assert.Contains(server.Logs.Entries, static entry => entry.Event.Name == "AcceptedSocketClient");
    }

    [Fact]
    public async Task Configuration_of_client_factories_has_the_switch()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection([new("TachyonClient:SharedMemory", "off")]).Build());
        services.AddGrpcClient<Echo.EchoClient>().UseTachyon(server.Path);
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<Echo.EchoClient>().UnaryAsync(new Payload()).ResponseAsync.Within("a call");

        Assert.Contains(server.Logs.Entries, static entry => entry.Event.Name == "AcceptedSocketClient");
    }

    [Fact]
    public async Task Server_whose_environment_has_the_switch_is_named_and_counted()
    {
        using var directory = new TempDirectory();
        await using var server = await HostProgram.StartAsync(
            HostRole.Server,
            TransportKind.Adaptive,
            directory.FilePath("s"),
            environment: [new(TachyonPlatform.SharedMemoryVariable, "off")]);
        using var fallbacks = new FallbackListener();
        using var preferring = TachyonChannel.ForAddress(directory.FilePath("s"));
        using var requiring = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });

        await new Echo.EchoClient(preferring).UnaryAsync(new Payload()).ResponseAsync.Within("a call");
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(requiring).UnaryAsync(new Payload()).ResponseAsync.Within("a call"));

        Assert.Equal(["turned_off_by_server"], fallbacks.Reasons);
        Assert.Contains(
            "has shared memory turned off, by TACHYON_SHARED_MEMORY in its environment or SharedMemory in its options.",
            exception.Status.Detail,
            StringComparison.Ordinal);
    }

    private static TachyonChannelOptions Options(bool isEnvironment)
    {
        if (isEnvironment)
        {
            Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, "off");
            return new TachyonChannelOptions();
        }

        return new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Off };
    }

    /// <summary>The reasons of tachyon.fallbacks, one for each connection.</summary>
    private sealed class FallbackListener : IDisposable
    {
        private readonly ConcurrentQueue<string> _reasons = new();
        private readonly MeterListener _listener = new();

        public FallbackListener()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Name: "tachyon.fallbacks", Meter.Name: "Tachyon.Grpc.Client" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => _reasons.Enqueue((string)tags[0].Value!));
            _listener.Start();
        }

        public string[] Reasons => [.. _reasons];

        public void Dispose() => _listener.Dispose();
    }
}
