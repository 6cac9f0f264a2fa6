using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>Cancels a wait by a token.</summary>
internal static class WaitCancellation
{
    /// <summary>
    /// From now until the registration is disposed, the token cancels the wait. Disposing waits for a callback that is running.
    /// </summary>
    internal static CancellationTokenRegistration CancelBy(this Waiter waiter, CancellationToken token)
        => token.UnsafeRegister(static waiter => ((Waiter)waiter!).Cancel(), waiter);
}
