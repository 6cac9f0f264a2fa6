using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Names of users and groups. The system may ask a directory server for a name and block for seconds. So a name is kept for a minute,
/// looked up once for all callers that ask at the same time, and looked up on a thread of the pool that no caller waits on.
/// </summary>
/// <remarks>Thread-safe. An id without a name is no error, and neither is one that could not be looked up: it is logged, and has no name
/// for a minute.</remarks>
internal sealed class AccountNames
{
    /// <summary>How long a name is kept; docs/identity.md names it.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    // When there are more, all are dropped: many groups then cost time and no memory.
    private const int MaxKept = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<(bool IsGroup, uint Id), (Task<string?> Name, long Since)> _kept = [];
    private readonly Func<uint, string?> _findUser;
    private readonly Func<uint, string?> _findGroup;
    private readonly Throttle<bool> _failures;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public AccountNames(TimeProvider time, ILoggerFactory loggerFactory)
        : this(TachyonAccounts.FindUserName, TachyonAccounts.FindGroupName, time, loggerFactory.CreateLogger("Tachyon.AspNetCore"))
    {
    }

    /// <summary>With other sources than the system's.</summary>
    internal AccountNames(Func<uint, string?> findUser, Func<uint, string?> findGroup, TimeProvider time, ILogger logger)
    {
        _findUser = findUser;
        _findGroup = findGroup;
        _time = time;
        _logger = logger;
        _failures = new Throttle<bool>(time, TimeSpan.FromMinutes(1));
    }

    internal ValueTask<string?> OfUserAsync(uint id, CancellationToken cancellationToken)
        => FindAsync(isGroup: false, id, cancellationToken);

    internal ValueTask<string?> OfGroupAsync(uint id, CancellationToken cancellationToken)
        => FindAsync(isGroup: true, id, cancellationToken);

    private ValueTask<string?> FindAsync(bool isGroup, uint id, CancellationToken cancellationToken)
    {
        Task<string?> name;
        lock (_lock)
        {
            if (_kept.TryGetValue((isGroup, id), out var kept)
                && (!kept.Name.IsCompleted || _time.GetElapsedTime(kept.Since) < Lifetime))
            {
                name = kept.Name;
            }
            else
            {
                if (_kept.Count >= MaxKept)
                {
                    _kept.Clear();
                }

                name = Task.Run(() => Find(isGroup, id), CancellationToken.None);
                _kept[(isGroup, id)] = (name, _time.GetTimestamp());
            }
        }

        return new ValueTask<string?>(name.WaitAsync(cancellationToken));
    }

    private string? Find(bool isGroup, uint id)
    {
        try
        {
            var name = (isGroup ? _findGroup : _findUser)(id);

            // Files cannot hold a name with a colon, but a directory server can: "user:root" as a group must not pass for the user.
            return string.IsNullOrEmpty(name) || name.Contains(':', StringComparison.Ordinal) ? null : name;
        }
        catch (IOException exception)
        {
            if (_failures.TryAcquire(isGroup, out var suppressed))
            {
                TachyonLog.NameNotFound(_logger, exception.Message, suppressed, exception);
            }

            return null;
        }
    }
}
