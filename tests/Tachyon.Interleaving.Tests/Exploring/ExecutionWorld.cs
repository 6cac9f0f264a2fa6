using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Interleaving.Exploring;

/// <summary>What a scenario, and the shadows, need of an execution: threads, work items, time, memory, descriptors.</summary>
internal sealed partial class Execution
{
    private readonly List<SafeHandle> _handles = [];
    private readonly List<Mapping> _mappings = [];
    private readonly Dictionary<CancellationToken, LogicalThread> _cancelling = [];
    private readonly HashSet<nint> _delayable = [];
    private readonly Dictionary<string, int> _itemNames = [];
    private int _itemsQueued;
    private int _itemsStarted;

    /// <summary>Well after the start: nothing looks as if it had come close to something else.</summary>
    internal TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(100);

    /// <summary>How often a wait of the reactor may end by its timeout.</summary>
    internal int TicksLeft { get; set; }

    internal int WorkItemsNotStarted => _itemsQueued - _itemsStarted;

    internal bool HasStoreBuffers => _scheduler.StoreBuffers;

    /// <summary>Regions that are mapped.</summary>
    internal int MappedRegions => _mappings.Count(static mapping => !mapping.IsUnmapped);

    // For scenarios.

    internal void Thread(string name, Action body) => Add(name, body, isDaemon: false);

    /// <summary>A thread that starts an asynchronous method. The task must end by itself, wherever its continuations run.</summary>
    internal void Async(string name, Func<Task> body)
        => Thread(name, () =>
        {
            var task = body();
            _tasks.Add((name, task));
        });

    /// <summary>Run when no thread can continue.</summary>
    internal void Check(Action check) => _checks.Add(check);

    internal void AtEnd(Action cleanup) => _cleanups.Add(cleanup);

    internal void Cancel(CancellationTokenSource source)
    {
        Step(new Step("cancel", "token", nameof(Cancel), 0), Access.Write);
        _cancelling[source.Token] = Current!;
        source.Cancel();
        _ = _cancelling.Remove(source.Token);
        Step(new Step("cancelled", "token", nameof(Cancel), 0), Access.Write);
    }

    /// <summary>A managed field that a store may be on its way to; its object must be pinned.</summary>
    internal void Delay(nint address) => _delayable.Add(address);

    // For shadows.

    internal LogicalThread? CancelledBy(CancellationToken token) => _cancelling.GetValueOrDefault(token);

    internal void StartDaemon(string name, Action body) => Add(name, body, isDaemon: true);

    internal void Queue(string name, Action run)
    {
        var number = _itemNames[name] = _itemNames.GetValueOrDefault(name) + 1;
        var turn = _itemsQueued++;
        Add($"{name}#{number}", () =>
        {
            _itemsStarted++;
            run();
        }, isDaemon: false);

        // The pool takes items in order; what comes of them is in any.
        _threads[^1].BlockedUntil = () => _itemsStarted == turn;
        _threads[^1].NextLocation = Locations.Of("pool");
    }

    /// <summary>Time goes by, and others may get their turn.</summary>
    internal void Pause(TimeSpan time)
    {
        Now += time;
        if (Current is { } me)
        {
            if (_isUnwinding)
            {
                throw new ExecutionOverException();
            }

            me.Next = new Step("pause", "", "", 0);
            me.NextLocation = Locations.Of("time");
            me.NextAccess = Access.Write;
            _scheduler.Contention.Note(me.NextLocation, me.Id, me.NextAccess);
            Switch(me, mayPreempt: true);
        }
    }

    internal void Tick(TimeSpan time)
    {
        TicksLeft--;
        Now += time;
    }

    internal SafeFileHandle Owns(SafeFileHandle handle)
    {
        _handles.Add(handle);
        return handle;
    }

    internal void Mapped(nint address, nuint length) => _mappings.Add(new Mapping(address, length));

    internal void Unmapped(nint address)
    {
        StoreBuffer.Drain();
        Mapping? mapping = _mappings.Find(mapping => mapping.Address == address);
        if (mapping is null || mapping.IsUnmapped)
        {
            throw Wrong("a region was unmapped twice");
        }

        mapping.IsUnmapped = true;
    }

    internal bool MayDelay(nint address) => _delayable.Contains(address) || _mappings.Exists(mapping => mapping.Contains(address));

    /// <summary>The offset in its region of a shared word, the same in every mapping; -1 for anything else.</summary>
    private long Place(nint address, Step step)
    {
        foreach (var mapping in _mappings)
        {
            if (mapping.Contains(address))
            {
                return mapping.IsUnmapped ? throw Wrong($"a region was used after it was unmapped: {step}") : address - mapping.Address;
            }
        }

        return -1;
    }

    private void Add(string name, Action body, bool isDaemon) => _threads.Add(new LogicalThread(_threads.Count, name, body, isDaemon));

    private void CleanUp()
    {
        _handles.ForEach(static handle => handle.Dispose());
        _mappings.ForEach(static mapping => Libc.MUnmap(mapping.Address, mapping.Length));
    }

    private sealed class Mapping(nint address, nuint length)
    {
        internal nint Address => address;

        internal nuint Length => length;

        internal bool IsUnmapped { get; set; }

        internal bool Contains(nint place) => place >= address && place < address + (nint)length;
    }
}
