using System.IO.Pipelines;
using Tachyon.TestPeer;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>Honest traffic beside a system call that a hostile peer makes wait.</summary>
internal static class WaitingPeerThread
{
    private const int Calls = 200;
    private const int Connects = 20;

    /// <summary>The call waits, on the thread for the user of the peer and no other, and still does so after honest calls and
    /// connects.</summary>
    /// <param name="processId">The process that makes the call.</param>
    /// <param name="function">The function of the kernel in which it waits.</param>
    /// <param name="waits">Whether it waits now.</param>
    /// <param name="honest">A connection of that process.</param>
    /// <param name="connect">Makes another.</param>
    internal static async Task AssertServesBesideAsync(
        int processId, string function, Func<bool> waits, TachyonConnection honest, Func<Task<TachyonConnection>> connect)
    {
        await Watchdog.Until(waits, $"a call that waits in {function}");
        for (var i = 0; i < Calls; i++)
        {
            await CallAsync(honest);
        }

        for (var i = 0; i < Connects; i++)
        {
            await using var connection = await connect().Within("an honest connect beside an attack");
            await CallAsync(connection);
        }

        Assert.All(ThreadsIn(processId, function), static thread => Assert.Equal("Tachyon peer", thread));

        // All of that was beside a call that still waits.
        Assert.True(waits());
    }

    internal static async Task CallAsync(TachyonConnection connection)
    {
        const int Size = 3_000;
        await Traffic.SendAsync(connection.Output, Size, seed: 5).Within("an honest write beside an attack");
        for (long received = 0; received < Size;)
        {
            var read = await connection.Input.ReadAsync().Within("an honest echo beside an attack");
            BytePattern.Check(read.Buffer, received, 5);
            received += read.Buffer.Length;
            connection.Input.AdvanceTo(read.Buffer.End);
            Assert.False(read.IsCompleted, "The honest connection ended.");
        }
    }

    /// <summary>Echoes until the listener stops.</summary>
    internal static async Task ServeAsync(TachyonListener listener)
    {
        List<Task> connections = [];
        while (await listener.AcceptAsync() is { } connection)
        {
            connections.Add(EchoAsync(connection));
        }

        await Task.WhenAll(connections);
    }

    private static async Task EchoAsync(TachyonConnection connection)
    {
        await Traffic.EchoAsync(connection);
        await connection.DisposeAsync();
    }

    /// <summary>The names of the threads that wait in a function of the kernel, where it shows stacks (proc_pid_stack(5)).</summary>
    internal static IReadOnlyList<string> ThreadsIn(int processId, string function)
        => [.. Directory.GetDirectories($"/proc/{processId}/task")
            .Where(task => Read(task, "stack").Contains(function, StringComparison.Ordinal))
            .Select(static task => Read(task, "comm").TrimEnd())];

    private static string Read(string task, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, file));
        }
        catch (IOException)
        {
            // The thread has ended, or the kernel has no such file.
            return "";
        }
    }
}
