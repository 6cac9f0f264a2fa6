using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Tachyon.AspNetCore.Internal;
using Tachyon.TestHost.Fixtures;

namespace Tachyon.AspNetCore.Tests.Identities;

/// <summary>Names are kept for a minute and looked up once, and one that can't be had is no error. The clock is the test's.</summary>
public sealed class AccountNamesTests : IDisposable
{
    private readonly ConcurrentQueue<uint> _lookups = new();
    private readonly CapturedLogs _logs = new();
    private readonly FakeTimeProvider _clock = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Name_is_kept_for_a_minute()
    {
        var names = Create(static id => $"user{id}");

        Assert.Equal("user5", await UserAsync(names, 5));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("user5", await UserAsync(names, 5));
        Assert.Equal([5u], _lookups);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("user5", await UserAsync(names, 5));
        Assert.Equal([5u, 5u], _lookups);
    }

    [Fact]
    public async Task Missing_name_is_kept_too()
    {
        var names = Create(static _ => null);

        Assert.Null(await UserAsync(names, 5));
        Assert.Null(await UserAsync(names, 5));
        Assert.Equal([5u], _lookups);
    }

    [Fact]
    public async Task Users_are_not_groups()
    {
        var names = Create(static id => $"user{id}");

        Assert.Equal("user5", await UserAsync(names, 5));
        Assert.Equal("group5", await GroupAsync(names, 5));
    }

    [Fact]
    public async Task Many_that_ask_wait_for_one_lookup()
    {
        using var gate = new ManualResetEventSlim();
        var names = Create(id =>
        {
            Assert.True(gate.Wait(Watchdog.Limit));
            return $"user{id}";
        });

        // For longer than a name is kept: a directory server that hangs must not cost a thread a minute.
        Task<string?>[] asking = [.. Enumerable.Range(0, 50).Select(_ => names.OfUserAsync(5, default).AsTask())];
        _clock.Advance(TimeSpan.FromMinutes(3));
        asking = [.. asking, .. Enumerable.Range(0, 50).Select(_ => names.OfUserAsync(5, default).AsTask())];
        Assert.All(asking, static task => Assert.False(task.IsCompleted));
        gate.Set();

        Assert.All(await Task.WhenAll(asking).Within("the names"), static name => Assert.Equal("user5", name));
        Assert.Equal([5u], _lookups);
    }

    [Fact]
    public async Task Call_that_ends_does_not_wait_for_a_lookup()
    {
        using var gate = new ManualResetEventSlim();
        using var ended = new CancellationTokenSource();
        var names = Create(id =>
        {
            Assert.True(gate.Wait(Watchdog.Limit));
            return $"user{id}";
        });
        var asking = names.OfUserAsync(5, ended.Token).AsTask();

        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.Within("the cancelled wait"));
        gate.Set();
        Assert.Equal("user5", await UserAsync(names, 5));
    }

    [Fact]
    public async Task Failed_lookup_is_no_name_and_one_warning()
    {
        var broken = true;
        var names = Create(id => broken ? throw new IOException("The directory server is away.") : $"user{id}");

        Assert.Null(await UserAsync(names, 5));
        Assert.Null(await UserAsync(names, 6));
        var warning = Assert.Single(_logs.Entries);
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("The directory server is away.", warning.Message, StringComparison.Ordinal);

        broken = false;
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("user5", await UserAsync(names, 5));
    }

    [Theory]
    [InlineData("user:root")]
    [InlineData("gid:0")]
    [InlineData("")]
    public async Task Name_that_looks_like_another_role_is_none(string name)
    {
        var names = Create(_ => name);

        Assert.Null(await UserAsync(names, 5));
    }

    [Fact]
    public async Task Memory_for_names_is_bounded()
    {
        var names = Create(static id => $"user{id}");
        for (uint id = 0; id < 10_000; id++)
        {
            Assert.Equal($"user{id}", await UserAsync(names, id));
        }

        Assert.Equal("user0", await UserAsync(names, 0));
        Assert.Equal(10_001, _lookups.Count);
    }

    private AccountNames Create(Func<uint, string?> findUser)
        => new(
            id =>
            {
                _lookups.Enqueue(id);
                return findUser(id);
            },
            static id => string.Create(CultureInfo.InvariantCulture, $"group{id}"),
            _clock,
            _logs.CreateLogger("names"));

    private static Task<string?> UserAsync(AccountNames names, uint id) => names.OfUserAsync(id, default).Within("a name");

    private static Task<string?> GroupAsync(AccountNames names, uint id) => names.OfGroupAsync(id, default).Within("a name");
}
