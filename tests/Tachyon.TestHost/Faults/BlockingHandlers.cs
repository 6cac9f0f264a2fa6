using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Tachyon.TestHost.Faults;

/// <summary>
/// Handlers that block their thread, as the client's header asks: for ever ("gate", until the parent releases them) or for a number of
/// milliseconds.
/// </summary>
public sealed class BlockingHandlers : Interceptor
{
    public const string Header = "block";

    private static readonly SemaphoreSlim s_gate = new(0);
    private static int s_blocked;

    /// <summary>The first word of the line that says how many handlers are blocked at the gate.</summary>
    public const string BlockedLine = "blocked";

    internal static void Release() => s_gate.Release(Interlocked.Exchange(ref s_blocked, 0));

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        switch (context.RequestHeaders.GetValue(Header))
        {
            case null:
                break;
            case "gate":
                Console.WriteLine($"{BlockedLine} {Interlocked.Increment(ref s_blocked)}");
                s_gate.Wait();
                break;
            case { } milliseconds:
                Thread.Sleep(int.Parse(milliseconds, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }

        return continuation(request, context);
    }
}
