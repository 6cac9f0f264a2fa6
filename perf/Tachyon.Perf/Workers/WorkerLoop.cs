using System.Text.Json;

namespace Tachyon.Perf.Workers;

/// <summary>A worker process: answers line by line until its input is closed, or its parent dies.</summary>
internal static class WorkerLoop
{
    internal static int Run(Func<Task<string>> start, Func<WorkerRequest, Task<WorkerReply>> answer, Func<Task> stop)
    {
        // Reading the console blocks. On a thread of its own it does not take one of the few of the pool from what is measured.
        var thread = new Thread(() =>
        {
            Reply(Guard(async () => new ReadyReply(await start())));
            while (Console.In.ReadLine() is { } line)
            {
                WorkerRequest request = JsonSerializer.Deserialize(line, WorkerJson.Default.WorkerRequest)!;
                Reply(Guard(() => answer(request)));
            }

            stop().GetAwaiter().GetResult();
        });
        thread.Start();
        thread.Join();
        return 0;
    }

    private static WorkerReply Guard(Func<Task<WorkerReply>> answer)
    {
        try
        {
            return answer().GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // Whatever it was, the orchestrator is the one to say so.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new FailedReply(exception.ToString());
        }
    }

    private static void Reply(WorkerReply reply)
        => Console.Out.WriteLine(JsonSerializer.Serialize(reply, WorkerJson.Default.WorkerReply));
}
