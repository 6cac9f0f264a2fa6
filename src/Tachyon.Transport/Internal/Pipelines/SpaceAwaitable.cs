using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>
/// Awaits space in a ring. Like every wait it also ends when the consumer, the peer or this end is gone, or by a cancellation.
/// </summary>
internal readonly struct SpaceAwaitable(SpaceWaiter waiter, int wanted)
{
    public Awaiter GetAwaiter() => new(waiter, wanted);

    internal readonly struct Awaiter : ICriticalNotifyCompletion
    {
        private static readonly Action<object?> s_run = static continuation => ((Action)continuation!)();

        private readonly SpaceWaiter _waiter;

        internal Awaiter(SpaceWaiter waiter, int wanted)
        {
            _waiter = waiter;
            IsCompleted = waiter.Begin(wanted);
        }

        /// <summary>Completed without a wait: the waiter holds no result then.</summary>
        public bool IsCompleted { get; }

        public void GetResult()
        {
            if (!IsCompleted)
            {
                _waiter.GetResult(_waiter.Version);
            }
        }

        public void OnCompleted(Action continuation)
            => _waiter.OnCompleted(s_run, continuation, _waiter.Version, ValueTaskSourceOnCompletedFlags.FlowExecutionContext);

        public void UnsafeOnCompleted(Action continuation)
            => _waiter.OnCompleted(s_run, continuation, _waiter.Version, ValueTaskSourceOnCompletedFlags.None);
    }
}
