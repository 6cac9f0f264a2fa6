using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Tool.Commands.Bench;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands;

/// <summary>The server process of one rival of 'tachyon bench', which starts it. Hidden.</summary>
internal static class BenchServerCommand
{
    internal const string Name = "bench-server";
    internal const string ReadyLine = "ready";

    internal static Command Create()
    {
        var rival = new Argument<string>("rival") { Description = "socket or tachyon." };
        rival.AcceptOnlyFromAmong(SocketRival.RivalName, TachyonRival.RivalName);
        var path = new Argument<string>("path") { Description = "Where to listen." };
        var mode = CommonOptions.Mode();
        var command = new Command(Name, Help.Describe(
            "The server process of 'tachyon bench'. Ends when its input does.",
            "tachyon bench-server socket /tmp/bench.sock")) { rival, path, mode };
        command.Hidden = true;
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetValue(rival) == SocketRival.RivalName ? new SocketRival() : new TachyonRival(result.GetValue(mode)), result.GetValue(path)!, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Rival rival, string path, CancellationToken cancellationToken)
    {
        // The empty builder reads no configuration: what is measured does not depend on where it is run.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        rival.Listen(builder, path);
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        WebApplication server = builder.Build();
        await using (server.ConfigureAwait(false))
        {
            server.MapGrpcService<BenchService>();
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            Console.Out.WriteLine(ReadyLine);

            // The kernel closes the other end of our input when 'tachyon bench' is gone, however it went.
            while (await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
            }

            return ExitCodes.Success;
        }
    }
}
