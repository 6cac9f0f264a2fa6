using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Tachyon.Interleaving.Exploring;

/// <summary>
/// One run of a scenario under one schedule. Its threads are real, but exactly one runs at a time: at every step the one that runs
/// decides who goes on, by the schedule.
/// </summary>
internal sealed partial class Execution
{
    // Codes of options: a thread, or that the oldest store in a thread's buffer arrives.
    private const int Arrival = 1 << 16;
    private const int MaxSteps = 20_000;

    [ThreadStatic]
    private static LogicalThread? s_current;

    [ThreadStatic]
    private static Execution? s_active;

    private readonly Scheduler _scheduler;
    private readonly List<LogicalThread> _threads = [];
    private readonly List<(int Option, Step Step)> _trace = [];
    private readonly SemaphoreSlim _over = new(0);
    private readonly List<Action> _checks = [];
    private readonly List<Action> _cleanups = [];
    private readonly List<(string Name, Task Task)> _tasks = [];
    private int _preemptions;
    private bool _isUnwinding;
    private int _stepsUnwound;
    private string? _wrong;

    internal Execution(Scheduler scheduler) => _scheduler = scheduler;

    /// <summary>The thread that runs; null while a scenario is set up or checked.</summary>
    internal static LogicalThread? Current => s_current;

    internal static bool IsInside => s_active is not null;

    internal static Execution Active => s_active ?? throw new InvalidOperationException("Not in an execution.");

    /// <summary>What went wrong; null when nothing did.</summary>
    internal string? Failure => _wrong;

    /// <summary>Given up half-way, because all that can come of it has been tried.</summary>
    internal bool IsRedundant { get; private set; }

    internal int Steps => _trace.Count;

    internal string Schedule => Exploring.Schedule.Format(_trace.Select(entry => Name(entry.Option)));

    internal string Trace
        => string.Join('\n', _trace.Select(entry => $"  {Name(entry.Option),-22} {entry.Step}"));

    /// <summary>Sets the scenario up, runs it under the schedule, and checks it.</summary>
    internal void Run(Action<Execution> scenario)
    {
        s_active = this;
        try
        {
            StaticState.Reset();
            scenario(this);
            Switch(null);
            _over.Wait();
            if (_wrong is null && !IsRedundant)
            {
                Check();
            }
        }
        catch (Exception exception)
        {
            _wrong ??= $"{exception.GetType().Name}: {exception.Message}";
        }
        finally
        {
            Unwind();
            _cleanups.ForEach(static cleanup => cleanup());
            CleanUp();
            s_active = null;
        }
    }

    /// <summary>A step that touches no memory: a call of the kernel, of the pool, of a token.</summary>
    internal static void Step(Step step, Access access)
    {
        if (s_current is { } me)
        {
            s_active!.Before(me, step, access, Locations.Of(step.What));
        }
    }

    internal static unsafe void Step<T>(Step step, Access access, ref readonly T location)
    {
        if (s_current is { } me)
        {
            // Of statistics too: a count must not go to memory that is unmapped.
            var place = s_active!.Place((nint)Unsafe.AsPointer(ref Unsafe.AsRef(in location)), step);
            if (!Locations.IsStatistics(step.What))
            {
                s_active.Before(me, step, access, place < 0 ? Locations.Of(step.What) : place);
            }
        }
    }

    /// <summary>Before all that a thread has stored becomes visible: always a place to decide.</summary>
    internal static void BeforeFence()
    {
        if (s_current is { } me && !s_active!._isUnwinding)
        {
            me.Next = new Step("fence", "", "", 0);
            me.NextLocation = Locations.Of("fence");
            me.NextAccess = Access.Write;
            s_active._scheduler.Contention.Note(me.NextLocation, me.Id, Access.Write);
            s_active.Switch(me, mayPreempt: true);
        }
    }

    /// <summary>Waits in the explorer until others have made <paramref name="condition"/> true.</summary>
    /// <param name="step">What the thread does next.</param>
    /// <param name="condition">Free of side effects: it is asked often.</param>
    /// <param name="isIdle">True when it goes on only because nothing else happens.</param>
    internal static void BlockUntil(Step step, Func<bool> condition, Func<bool>? isIdle = null)
    {
        if (s_current is not { } me)
        {
            return;
        }

        me.BlockedUntil = condition;
        me.IsIdle = isIdle;
        s_active!.Before(me, step, Access.Write, Locations.Of(step.What.Length > 0 ? step.What : step.Operation));
        me.BlockedUntil = null;
        me.IsIdle = null;
    }

    /// <summary>Notes what is wrong, even where the code under test swallows the exception.</summary>
    internal static InvalidOperationException Wrong(string what)
    {
        if (s_active is { _isUnwinding: false } active)
        {
            active._wrong ??= what;
        }

        return new InvalidOperationException(what);
    }

    private void Before(LogicalThread me, Step step, Access access, long location)
    {
        if (_isUnwinding)
        {
            ThrowIfStillBlocked(me);
            if (++_stepsUnwound > MaxSteps)
            {
                // It runs in a circle.
                throw new ExecutionOverException();
            }

            return;
        }

        me.Next = step;
        me.NextLocation = location;
        me.NextAccess = access;
        _scheduler.Contention.Note(location, me.Id, access);
        Switch(me, _scheduler.EveryStep || _scheduler.Contention.Contains(location));
    }

    /// <summary>Passes on to the thread that the schedule chooses next, which may be the same one.</summary>
    private void Switch(LogicalThread? me, bool mayPreempt = false)
    {
        var next = Choose(me, mayPreempt);
        if (next == me && me is not null)
        {
            return;
        }

        // After this line the next one runs: nothing is touched any more.
        var waits = me is { IsFinished: false };
        var worker = me?.Worker;
        Wake(next);
        if (waits)
        {
            worker!.AwaitGo();
            if (_isUnwinding)
            {
                ThrowIfStillBlocked(me!);
            }
        }
    }

    private static void ThrowIfStillBlocked(LogicalThread me)
    {
        if (me.BlockedUntil?.Invoke() == false)
        {
            throw new ExecutionOverException();
        }
    }

    private void Wake(LogicalThread? next)
    {
        if (next is null)
        {
            _over.Release();
            return;
        }

        next.Worker ??= Worker.Take(() => RunThread(next));
        next.Worker.Go();
    }

    private LogicalThread? Choose(LogicalThread? me, bool mayPreempt)
    {
        while (true)
        {
            if (_wrong is not null || _trace.Count > MaxSteps)
            {
                _wrong ??= $"does not come to an end within {MaxSteps} steps";
                return null;
            }

            var goesOn = me is not null && me.IsEnabled && me.IsIdle?.Invoke() != true;
            int option;
            if (goesOn && !mayPreempt)
            {
                option = me!.Id;
            }
            else
            {
                var options = Options(goesOn ? me : null, othersToo: !goesOn || _preemptions < _scheduler.Preemptions);
                if (options.Length == 0)
                {
                    return null;
                }

                if (_scheduler.Decide(options, _trace.Count, Name) is not { } decided)
                {
                    IsRedundant = true;
                    return null;
                }

                option = decided;
                if (goesOn && option != me!.Id)
                {
                    _preemptions++;
                }
            }

            var thread = _threads[option & (Arrival - 1)];
            _scheduler.Made(other => Depend(other, option));
            if ((option & Arrival) == 0)
            {
                _trace.Add((option, thread.Next));
                return thread;
            }

            _trace.Add((option, thread.Stores[0].Step));
            StoreBuffer.ApplyOldest(thread);
        }
    }

    private bool Depend(int one, int other)
    {
        if ((one & (Arrival - 1)) == (other & (Arrival - 1)) || ((one | other) & Arrival) != 0)
        {
            return true;
        }

        var a = _threads[one];
        var b = _threads[other];
        return a.NextLocation == b.NextLocation && a.NextLocation != Locations.Nothing
            && (a.NextAccess == Access.Write || b.NextAccess == Access.Write);
    }

    private int[] Options(LogicalThread? first, bool othersToo)
    {
        var options = new List<int>(8);
        if (first is not null)
        {
            options.Add(first.Id);
        }

        if (othersToo)
        {
            var idle = new List<int>(0);
            foreach (var thread in _threads)
            {
                if (thread != first && thread.IsEnabled)
                {
                    (thread.IsIdle?.Invoke() == true ? idle : options).Add(thread.Id);
                }

                if (thread.Stores.Count > 0)
                {
                    options.Add(thread.Id | Arrival);
                }
            }

            options.AddRange(idle);
        }

        return [.. options];
    }

    private void RunThread(LogicalThread thread)
    {
        s_current = thread;
        s_active = this;
        thread.BlockedUntil = null;
        try
        {
            thread.Body();
        }
        catch (ExecutionOverException)
        {
        }
        catch (Exception exception)
        {
            _wrong ??= $"{thread}: {exception.GetType().Name}: {exception.Message}";
        }

        s_current = null;
        s_active = null;
        thread.IsFinished = true;
        var worker = thread.Worker!;
        worker.GiveBack();
        if (_isUnwinding)
        {
            _over.Release();
        }
        else
        {
            Switch(thread);
        }
    }

    private void Check()
    {
        foreach (var thread in _threads)
        {
            if (!thread.IsFinished && !thread.IsDaemon)
            {
                throw Wrong($"{thread} waits for ever: {thread.Next}");
            }
        }

        foreach ((var name, var task) in _tasks)
        {
            if (!task.IsCompleted)
            {
                throw Wrong($"{name} waits for ever");
            }

            if (task.Exception?.InnerException is { } exception)
            {
                throw Wrong($"{name}: {exception.GetType().Name}: {exception.Message}");
            }
        }

        _checks.ForEach(static check => check());
    }

    /// <summary>
    /// Lets what is left run to its end, one thread after the other, and ends those that wait for ever. Not by exceptions at every step:
    /// the runtime does not forgive them where a continuation is handed over.
    /// </summary>
    private void Unwind()
    {
        _isUnwinding = true;
        foreach (var thread in _threads.ToArray())
        {
            if (!thread.IsFinished && thread.Worker is not null)
            {
                thread.Worker.Go();
                _over.Wait();
            }
        }
    }

    private string Name(int option)
    {
        var thread = _threads[option & (Arrival - 1)];
        return (option & Arrival) == 0 ? thread.Name : thread.Name + "!";
    }
}
