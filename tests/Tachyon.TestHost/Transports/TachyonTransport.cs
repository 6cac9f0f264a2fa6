using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.TestHost.Transports;

/// <summary>The product: both ends over shared memory, in one wait mode and one protocol, or with it turned off.</summary>
public class TachyonTransport(
    TachyonWaitMode mode, TachyonProtocol protocol = TachyonProtocol.Http2, bool sharedMemory = true) : TestTransport
{
    public override void Listen(IWebHostBuilder web, string path, Action<ListenOptions>? configure)
    {
        web.UseTachyon(options =>
        {
            options.WaitMode = mode;
            options.AllowDirect = protocol != TachyonProtocol.Http2;
            options.SharedMemory = sharedMemory ? TachyonServerSharedMemory.Prefer : TachyonServerSharedMemory.Off;
        });
        web.ConfigureKestrel(kestrel => kestrel.ListenTachyon(path, listen => configure?.Invoke(listen)));
    }

    public override SocketsHttpHandler Attach(SocketsHttpHandler handler, string path, ClientTuning tuning)
        => handler.UseTachyon(path, Options(tuning));

    public override void Attach(IHttpClientBuilder builder, string path) => builder.UseTachyon(path, Options(ClientTuning.Default));

    public override GrpcChannel CreateChannel(string path, GrpcChannelOptions? options = null, ClientTuning? tuning = null)
        => TachyonChannel.ForAddress(path, Options(tuning ?? ClientTuning.Default), WithoutSizeLimit(options));

    private TachyonChannelOptions Options(ClientTuning tuning)
    {
        var options = new TachyonChannelOptions
        {
            WaitMode = mode,
            Protocol = protocol,
            SharedMemory = sharedMemory ? TachyonSharedMemory.Prefer : TachyonSharedMemory.Off,
        };
        if (tuning.BufferBytes is { } bytes)
        {
            options.SendRingSize = bytes;
            options.ReceiveRingSize = bytes;
        }

        return options;
    }
}
