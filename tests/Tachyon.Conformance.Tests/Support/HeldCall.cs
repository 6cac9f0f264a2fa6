using Grpc.Core;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;

namespace Tachyon.Conformance.Tests.Support;

/// <summary>A call of any kind to the Hold service, which keeps it open until the test lets it go.</summary>
internal sealed class HeldCall : IDisposable
{
    private readonly IDisposable _call;
    private readonly TaskCompletionSource _firstMessage = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HeldCall(CallKind kind, string id, IDisposable call, Func<HeldCall, Task> complete)
    {
        Kind = kind;
        Id = id;
        _call = call;
        Completion = complete(this);
    }

    public static IReadOnlyList<CallKind> Kinds { get; } = Enum.GetValues<CallKind>();

    public CallKind Kind { get; }

    /// <summary>What the server's probe knows the call by.</summary>
    public string Id { get; }

    /// <summary>Ends when the call does, as it does.</summary>
    public Task Completion { get; }

    /// <summary>The server's first message has come, for calls that have one; they are in mid-stream from there on.</summary>
    public Task FirstMessage => _firstMessage.Task;

    public static HeldCall Open(CallKind kind, ChannelBase channel, CallOptions options = default)
    {
        var id = CallIds.Next();
        var hold = new Hold.HoldClient(channel);
        options = options.WithHeaders(CallIds.Header(id));
        switch (kind)
        {
            case CallKind.Unary:
                var unary = hold.UnaryAsync(new Payload(), options);
                return new HeldCall(kind, id, unary, _ => unary.ResponseAsync);
            case CallKind.ClientStream:
                var clientStream = hold.ClientStream(options);
                return new HeldCall(kind, id, clientStream, _ => clientStream.ResponseAsync);
            case CallKind.ServerStream:
                var serverStream = hold.ServerStream(new Payload(), options);
                return new HeldCall(kind, id, serverStream, call => call.ReadAsync(serverStream.ResponseStream));
            case CallKind.Duplex:
                var duplex = hold.Duplex(options);
                return new HeldCall(kind, id, duplex, call => call.ReadAsync(duplex.ResponseStream));
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null);
        }
    }

    /// <summary>Opens one call of each kind and waits until the server has them.</summary>
    public static async Task<IReadOnlyList<HeldCall>> OpenAllAsync(TestServer server, ChannelBase channel, CallOptions options = default)
    {
        var calls = Kinds.Select(kind => Open(kind, channel, options)).ToList();
        foreach (var call in calls)
        {
            await server.Probe.Call(call.Id).Started.Within($"the start of the {call.Kind} call in the server");
        }

        return calls;
    }

    /// <summary>Disposing a call that runs cancels it.</summary>
    public void Dispose()
    {
        _call.Dispose();

        // Its end may be of no interest to the test.
        _ = Completion.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
    }

    private async Task ReadAsync(IAsyncStreamReader<Payload> responses)
    {
        await foreach (var _ in responses.ReadAllAsync())
        {
            _firstMessage.TrySetResult();
        }
    }
}
