using System.Reflection;
using Tachyon.TestHost.Transports;
using Xunit.Sdk;

namespace Tachyon.TestHost.Fixtures;

/// <summary>
/// Runs a theory over every transport: (transport), or (transport, value) for each of <paramref name="values"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OverTransportsAttribute(params object[] values) : DataAttribute
{
    /// <summary>False leaves out the mode that keeps a core busy in each process, where it adds nothing but time.</summary>
    public bool Spin { get; init; } = true;

    /// <summary>False leaves out the plain socket, where the theory is about the product alone.</summary>
    public bool Reference { get; init; } = true;

    /// <summary>False leaves out the pairs of one end over shared memory and one that knows only sockets.</summary>
    public bool Mixed { get; init; } = true;

    /// <summary>
    /// True takes unary calls that are no HTTP requests, too: where the theory makes such calls over channels of its server.
    /// </summary>
    public bool Invoker { get; init; }

    /// <summary>
    /// True where each case takes processes of its own: a run of the usual size then takes the socket, adaptive and parking only.
    /// </summary>
    public bool HasProcesses { get; init; }

    private bool TakesAll => !HasProcesses || TestSize.IsFull;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
        => values.Length == 0
            ? Kinds().Select(static kind => new object[] { kind })
            : Kinds().SelectMany(_ => values, static (kind, value) => new[] { kind, value });

    private IEnumerable<TransportKind> Kinds()
    {
        if (Reference)
        {
            yield return TransportKind.UnixSocket;
        }

        yield return TransportKind.Adaptive;
        yield return TransportKind.Park;
        yield return TransportKind.Direct;
        if (Invoker)
        {
            yield return TransportKind.Invoker;
        }

        if (Spin && TakesAll)
        {
            yield return TransportKind.Spin;
        }

        if (Mixed && TakesAll)
        {
            yield return TransportKind.SocketClient;
            yield return TransportKind.SocketOnlyServer;
        }

        if (Reference && TakesAll)
        {
            yield return TransportKind.SharedMemoryOff;
        }
    }
}
