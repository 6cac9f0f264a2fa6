using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Measuring;
using Tachyon.Perf.Rivals;
using Tachyon.Transport;

namespace Tachyon.Perf.Candidates;

/// <summary>Everything that is compared, the reference first.</summary>
internal static class AllCandidates
{
    /// <summary>Ratios are to this candidate: Kestrel over a Unix socket, as users run it.</summary>
    internal const string Reference = "uds";

    internal static readonly IReadOnlyList<Candidate> All =
    [
        new UnixSocketCandidate(Reference),
        new UnixSocketCandidate("uds-inline", inline: true),
        new TcpCandidate(),
        new PipeCandidate(),
        new TachyonCandidate("adaptive", TachyonWaitMode.Adaptive),
        new TachyonCandidate("park", TachyonWaitMode.Park),
        new TachyonCandidate("spin", TachyonWaitMode.Spin),
        new TachyonCandidate("direct", TachyonWaitMode.Adaptive, isDirect: true),
        new TachyonCandidate("invoker", TachyonWaitMode.Adaptive, isDirect: true, skipsHttp: true),
        new SignalRCandidate(),
        new JsonRpcCandidate(),
    ];

    internal static readonly IReadOnlyList<string> Names = [.. All.Select(candidate => candidate.Name)];

    internal static Candidate Named(string name)
        => All.FirstOrDefault(candidate => candidate.Name == name)
        ?? throw new ArgumentException($"There is no candidate '{name}': choose from {string.Join(", ", Names)}.");
}

/// <summary>Kestrel over TCP on the loopback interface.</summary>
internal sealed class TcpCandidate() : GrpcCandidate("tcp")
{
    internal override string AddressOf(WebApplication server, string path) => server.Urls.Single();

    // ListenLocalhost cannot choose a free port.
    protected override void ConfigureTransport(WebApplicationBuilder builder, string path)
        => builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options) => GrpcChannel.ForAddress(address, options);
}
