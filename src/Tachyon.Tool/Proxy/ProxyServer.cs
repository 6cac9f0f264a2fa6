namespace Tachyon.Tool.Proxy;

/// <summary>Accepts clients and connects each of them to the target, until it is stopped.</summary>
internal sealed class ProxyServer(ProxySettings settings, ProxyTotals totals, ProxyLog log) : IDisposable
{
    private readonly ProxyTarget _target = new(settings.Connect, settings.ConnectTimeout);
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Connections, and one for the accepting of more.
    private int _running = 1;

    /// <summary>Runs until it has drained.</summary>
    /// <param name="drain">Stop accepting, and let the connections finish.</param>
    /// <param name="abort">Reset those that are left.</param>
    /// <exception cref="ToolException">It cannot listen.</exception>
    internal async Task RunAsync(CancellationToken drain, CancellationToken abort)
    {
        var listener = ProxyListener.Listen(settings, sentence =>
        {
            totals.CountRefused();
            log.WriteThrottled(sentence);
        });
        await using (listener.ConfigureAwait(false))
        {
            Announce(listener);
            using (drain.UnsafeRegister(static one => _ = ((ProxyListener)one!).StopAsync().AsTask(), listener))
            using (abort.UnsafeRegister(static server => ((ProxyServer)server!).CutOff(), this))
            {
                await AcceptAsync(listener).ConfigureAwait(false);
                EndOne();
                await DrainAsync().ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _abort.Dispose();

    private void Announce(ProxyListener listener)
    {
        log.Write($"Listening on {listener.Address}, forwarding to {settings.Connect}.");
        if (settings.Listen.Scheme == ProxyScheme.Tcp && settings.Connect.Scheme != ProxyScheme.Tcp)
        {
            log.Write($"Every client of this port calls as user '{Environment.UserName}': TCP does not identify users.");
        }
    }

    private async Task AcceptAsync(ProxyListener listener)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } client)
        {
            totals.CountAccepted();
            Interlocked.Increment(ref _running);
            _ = ServeAsync(client);
        }
    }

    private async Task DrainAsync()
    {
        if (totals.Open is > 0 and long open)
        {
            log.Write($"Accepting no more; {open} connections have {settings.DrainTimeout.TotalSeconds} s to finish.");
        }

        try
        {
            await _finished.Task.WaitAsync(settings.DrainTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            CutOff();
            await _finished.Task.ConfigureAwait(false);
        }
    }

    private void CutOff()
    {
        log.Write($"Cutting off {totals.Open} connections.");
        _abort.Cancel();
    }

    private async Task ServeAsync(ProxySide client)
    {
        try
        {
            await using (client.ConfigureAwait(false))
            {
                await ServeToEndAsync(client).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // A fault in one connection ends that connection and is logged. The proxy continues.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            log.WriteThrottled($"A connection failed: {exception}");
        }
        finally
        {
            totals.CountClosed();
            EndOne();
        }
    }

    private async Task ServeToEndAsync(ProxySide client)
    {
        ProxySide target;
        try
        {
            target = await _target.ConnectAsync(_abort.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ToolException or OperationCanceledException)
        {
            client.Abort();
            if (exception is ToolException)
            {
                totals.CountFailedConnect();
                log.WriteThrottled(exception.Message);
            }

            return;
        }

        await using (target.ConfigureAwait(false))
        {
            var connection = new ProxiedConnection(client, target, totals);
            using (_abort.Token.UnsafeRegister(static one => ((ProxiedConnection)one!).Abort(), connection))
            {
                await connection.RunAsync().ConfigureAwait(false);
            }
        }
    }

    private void EndOne()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _finished.TrySetResult();
        }
    }
}
