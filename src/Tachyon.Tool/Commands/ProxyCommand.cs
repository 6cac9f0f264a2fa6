using System.CommandLine;
using Tachyon.Tool.Proxy;

namespace Tachyon.Tool.Commands;

/// <summary>Forwards connections from one address to another: TCP, Unix socket or Tachyon on either side.</summary>
internal static class ProxyCommand
{
    internal const string Name = "proxy";

    private static readonly Option<ProxyAddress> s_listen = AddressOption("--listen", "Where clients connect to.", ParseListen);
    private static readonly Option<ProxyAddress> s_connect = AddressOption("--connect", "Where they are forwarded to; a connection for each client.", ParseConnect);

    private static readonly Option<int> s_maximum = CommonOptions.Count(
        "--max-connections", "Connections at the same time; further clients are refused.", 4096, 1);

    private static readonly Option<double> s_drainTimeout = CommonOptions.Seconds(
        "--drain-timeout", "How long connections may go on after SIGTERM or SIGINT, in seconds.", 30, 0);

    private static readonly Option<double> s_connectTimeout = CommonOptions.Seconds(
        "--connect-timeout", "How long connecting to the target may take, in seconds.", 5, 0.001);

    private static readonly Option<double> s_interval = CommonOptions.Seconds(
        "--stats-interval", "Log the totals every so many seconds; 0: only at the end.", 0, 0);

    internal static Command Create()
    {
        var command = new Command(Name, Help.Describe(
            """
            Forwards connections: TCP or a Unix socket outside and Tachyon inside, or the reverse. Addresses are tcp://HOST:PORT, unix:///PATH and tachyon:///PATH.
            It forwards bytes of any protocol, also TLS. The service sees the user of the proxy.
            SIGTERM or SIGINT: accepts no more and lets connections finish (exit code 0); a second one cuts them off (exit code 130).
            """,
            "tachyon proxy --listen tcp://127.0.0.1:5000 --connect tachyon:///run/app.sock",
            "tachyon proxy --listen tachyon:///run/remote.sock --connect tcp://10.0.0.7:5000",
            "tachyon proxy --listen unix:///run/plain.sock --connect tachyon:///run/app.sock --stats-interval 60"))
        {
            s_listen, s_connect, s_maximum, s_drainTimeout, s_connectTimeout, s_interval,
        };

        command.SetAction((result, _) => RunAsync(new ProxySettings(result.GetRequiredValue(s_listen), result.GetRequiredValue(s_connect))
        {
            MaxConnections = result.GetValue(s_maximum),
            ConnectTimeout = TimeSpan.FromSeconds(result.GetValue(s_connectTimeout)),
            DrainTimeout = TimeSpan.FromSeconds(result.GetValue(s_drainTimeout)),
            StatisticsInterval = TimeSpan.FromSeconds(result.GetValue(s_interval)),
        }));
        return command;
    }

    private static async Task<int> RunAsync(ProxySettings settings)
    {
        using var signals = new StopSignals(handlesSecond: true);
        using var totals = new ProxyTotals();
        var log = new ProxyLog(Console.Error);
        await using (StatisticsTimer(settings, totals, log).ConfigureAwait(false))
        {
            using var server = new ProxyServer(settings, totals, log);
            await server.RunAsync(signals.First, signals.Second).ConfigureAwait(false);
        }

        log.Write($"Totals: {totals}.");
        return signals.Second.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Success;
    }

    private static Timer StatisticsTimer(ProxySettings settings, ProxyTotals totals, ProxyLog log)
    {
        var interval = settings.StatisticsInterval > TimeSpan.Zero ? settings.StatisticsInterval : Timeout.InfiniteTimeSpan;
        return new Timer(_ => log.Write($"So far: {totals}."), null, interval, interval);
    }

    private static ProxyAddress ParseListen(string text)
    {
        var address = ProxyAddress.Parse(text);
        if (address.Scheme == ProxyScheme.Tcp)
        {
            _ = address.ToListenEndPoint();
        }

        return address;
    }

    private static ProxyAddress ParseConnect(string text)
    {
        var address = ProxyAddress.Parse(text);
        return address is { Scheme: ProxyScheme.Tcp, Port: 0 } or { Scheme: ProxyScheme.Tcp, Host: "*" }
            ? throw new FormatException($"'{text}' is not an address to connect to: it needs a host and a port.")
            : address;
    }

    private static Option<ProxyAddress> AddressOption(string name, string description, Func<string, ProxyAddress> parse) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS",
        Required = true,
        CustomParser = result =>
        {
            try
            {
                return parse(result.Tokens[^1].Value);
            }
            catch (FormatException exception)
            {
                result.AddError(exception.Message);
                return null;
            }
        },
    };
}
