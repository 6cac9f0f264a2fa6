using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests.Support;

/// <summary>The transport's client stream without HTTP on it, for tests that write the bytes themselves.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly HttpClient _client;

    private RawConnection(HttpClient client, Stream stream)
    {
        _client = client;
        Stream = stream;
    }

    public Stream Stream { get; }

    public static async Task<RawConnection> OpenAsync(TestServer server)
    {
        // The handler's filter gets the connected stream before anything is sent on it, and never gives it back.
        var connected = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = server.CreateHandler();
        handler.PlaintextStreamFilter = async (context, cancellationToken) =>
        {
            connected.SetResult(context.PlaintextStream);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return context.PlaintextStream;
        };
        var client = new HttpClient(handler) { BaseAddress = TestTransport.Address };
        var request = client.GetAsync("/never-sent");
        if (await Task.WhenAny(connected.Task, request).Within("the connection") == request)
        {
            client.Dispose();
            (await request).Dispose();
            throw new InvalidOperationException("The handler sent the request.");
        }

        _ = request.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
        return new RawConnection(client, await connected.Task);
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        _client.Dispose();
    }
}
