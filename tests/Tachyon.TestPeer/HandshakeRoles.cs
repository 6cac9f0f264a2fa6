using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>
/// One side of handshakes whose other side is the test. A line reports what came of each. Nothing else goes on in the process, so that a
/// test can count what it holds.
/// </summary>
internal static class HandshakeRoles
{
    // One thread makes the texts. The shared array pool keeps some 170 KB for each thread that does, and a busy machine has many: a test
    // that counts live bytes would take them for a leak.
    private static readonly BlockingCollection<Action> s_reports = StartReporter();

    private static TachyonWaitMode s_mode;
    private static CancellationTokenSource s_canceling = new();

    /// <summary>Echoes on each connection until it ends.</summary>
    internal static void Serve(string path, TachyonWaitMode mode, string handshakeTimeout)
    {
        ReportUnobserved();
        var options = new TachyonServerOptions { WaitMode = mode };
        if (handshakeTimeout.Length > 0)
        {
            options.HandshakeTimeout = TimeSpan.Parse(handshakeTimeout, CultureInfo.InvariantCulture);
        }

        var settings = new TachyonListenerSettings
        {
            HandshakeFailed = static failure => Report(
                "refused", new RefusedClient(failure.Reason, failure.Message, failure.Peer?.ProcessId, CauseOf(failure.Exception))),
        };
        var listener = TachyonListener.Listen(path, options, settings);
        _ = AcceptAsync(listener);
        ServerRoles.Report("ready");
    }

    /// <summary>Connects when it is told to, any number of times at once.</summary>
    internal static void StartClient(TachyonWaitMode mode)
    {
        ReportUnobserved();
        s_mode = mode;
        ServerRoles.Report("ready");
    }

    /// <summary>The commands of the client: "connect", a timeout and a path; "cancel" for all attempts until now; "collect".</summary>
    internal static void RunClient(string command)
    {
        var words = command.Split(' ', 3);
        switch (words[0])
        {
            case "connect":
                var token = s_canceling.Token;
                _ = Task.Run(() => ConnectAsync(words[2], TimeSpan.Parse(words[1], CultureInfo.InvariantCulture), token));
                break;
            case "cancel":
                s_canceling.Cancel();
                s_canceling.Dispose();
                s_canceling = new CancellationTokenSource();
                break;
            default:
                ChurnCommands.Collect(command);
                break;
        }
    }

    private static async Task ConnectAsync(string path, TimeSpan timeout, CancellationToken token)
    {
        ConnectOutcome outcome;
        try
        {
            var options = new TachyonClientOptions
            {
                WaitMode = s_mode,
                HandshakeTimeout = timeout,
                SendRingSize = 65_536,
                ReceiveRingSize = 65_536,
            };
            var connection = await TachyonConnection.ConnectAsync(path, options, token).ConfigureAwait(false);
            var server = connection.Peer.ProcessId;
            await connection.DisposeAsync().ConfigureAwait(false);
            outcome = new ConnectOutcome(path, ConnectOutcome.Connected, "", null, server);
        }
        catch (TachyonConnectException exception)
        {
            outcome = new ConnectOutcome(path, exception.Error.ToString(), exception.Message, CauseOf(exception.InnerException), null);
        }
        catch (Exception exception)
        {
            outcome = new ConnectOutcome(path, exception.GetType().Name, exception.ToString(), CauseOf(exception.InnerException), null);
        }

        Report("outcome", outcome);
    }

    private static async Task AcceptAsync(TachyonListener listener)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            Report("accepted", new ServedConnection(connection.ReceiveRingSize, connection.SendRingSize));
            _ = EchoAsync(connection);
        }
    }

    private static async Task EchoAsync(TachyonConnection connection)
    {
        var end = "in order";
        try
        {
            await Traffic.EchoAsync(connection).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = exception.GetType().Name;
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        Report("ended", end);
    }

    private static void ReportUnobserved()
        => TaskScheduler.UnobservedTaskException += static (_, args) => Report("unobserved", args.Exception.ToString());

    private static string? CauseOf(Exception? exception) => exception switch
    {
        null => null,
        IOException => nameof(IOException),
        InvalidDataException => nameof(InvalidDataException),
        OperationCanceledException => nameof(OperationCanceledException),
        _ => exception.ToString(),
    };

    private static void Report<T>(string kind, T report)
        => s_reports.Add(() => ServerRoles.Report($"{kind} {JsonSerializer.Serialize(report)}"));

    private static BlockingCollection<Action> StartReporter()
    {
        BlockingCollection<Action> reports = [];
        new Thread(() =>
        {
            foreach (var report in reports.GetConsumingEnumerable())
            {
                report();
            }
        })
        {
            IsBackground = true,
            Name = "reports",
        }.Start();
        return reports;
    }
}
