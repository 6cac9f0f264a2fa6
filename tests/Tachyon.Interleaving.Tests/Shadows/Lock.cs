using Tachyon.Interleaving.Exploring;

// The compiler knows the lock of the 'lock' statement by this very name, so the shadow has it too.
namespace System.Threading;

/// <summary>Stands in for the runtime's lock in this assembly: who finds it taken is blocked in the explorer, not in the kernel.</summary>
internal sealed class Lock
{
    private LogicalThread? _holder;

    public Scope EnterScope()
    {
        var me = Execution.Current;
        if (me is not null)
        {
            Execution.BlockUntil(new Step("lock", "", nameof(Lock), 0), () => _holder is null);
            StoreBuffer.Drain();
            _holder = me;
        }

        return new Scope(this);
    }

    public ref struct Scope
    {
        private readonly Lock _lock;

        internal Scope(Lock @lock) => _lock = @lock;

        public readonly void Dispose()
        {
            StoreBuffer.Drain();
            _lock._holder = null;
        }
    }
}
