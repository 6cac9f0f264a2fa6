using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.Perf.Rivals;

/// <summary>Shared memory, both sides waiting in the same mode.</summary>
internal sealed class TachyonRival(string name, TachyonWaitMode mode) : Rival(name, $"shared memory, {mode} on both sides")
{
    internal TachyonWaitMode Mode { get; } = mode;

    protected override void Configure(WebApplicationBuilder builder, string path)
    {
        builder.WebHost.UseTachyon(options => options.WaitMode = Mode);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(path));
    }

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options)
        => TachyonChannel.ForAddress(address, new TachyonChannelOptions { WaitMode = Mode }, options);
}
