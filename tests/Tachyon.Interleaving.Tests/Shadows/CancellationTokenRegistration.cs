using Tachyon.Interleaving.Exploring;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>Stands in for a registration with a token: disposing it waits for a callback that runs, in the explorer instead of in the
/// kernel.</summary>
internal readonly struct CancellationTokenRegistration : IDisposable
{
    private readonly System.Threading.CancellationTokenRegistration _registration;

    private CancellationTokenRegistration(System.Threading.CancellationTokenRegistration registration) => _registration = registration;

    public static implicit operator CancellationTokenRegistration(System.Threading.CancellationTokenRegistration registration)
        => new(registration);

    public void Dispose()
    {
        var token = _registration.Token;
        Execution.Step(new Step("dispose", "token", nameof(CancellationTokenRegistration), 0), Access.Write);
        if (token.CanBeCanceled && !_registration.Unregister())
        {
            // As the real one: not for a callback that this very thread runs.
            var execution = Execution.Active;
            var me = Execution.Current;
            Execution.BlockUntil(
                new Step("wait for callback", "token", nameof(CancellationTokenRegistration), 0),
                () => execution.CancelledBy(token) is not { } canceller || canceller == me);
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
