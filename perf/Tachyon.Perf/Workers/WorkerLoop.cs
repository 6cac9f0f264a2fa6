using System.CommandLine;
using System.Text.Json;
using Tachyon.Measuring;
using Tachyon.Perf.Candidates;

namespace Tachyon.Perf.Workers;

/// <summary>The hidden commands by which this program starts itself as a worker, which answers line by line until its input ends.</summary>
internal static class WorkerLoop
{
    internal static Command CreateCommand(string name, string description, Func<Candidate, string, int> run)
    {
        var candidate = new Argument<string>("candidate");
        var address = new Argument<string>("address");
        var command = new Command(name, description) { candidate, address };
        command.Hidden = true;
        command.SetAction(result => run(AllCandidates.Named(result.GetValue(candidate)!), result.GetValue(address)!));
        return command;
    }

    internal static int Run(Func<Task<string>> start, Func<WorkerRequest, Task<WorkerReply>> answer, Func<Task> stop)
    {
        // Reading the console blocks: on its own thread it does not take one of the pool from what is measured.
        var thread = new Thread(() =>
        {
            Reply(Guard(async () => new ReadyReply(await start())));
            while (Console.In.ReadLine() is { } line)
            {
                var request = JsonSerializer.Deserialize(line, WorkerJson.Default.WorkerRequest)!;
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
#pragma warning disable CA1031 // The orchestrator reports every error.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new FailedReply(exception.ToString());
        }
    }

    private static void Reply(WorkerReply reply)
        => Console.Out.WriteLine(JsonSerializer.Serialize(reply, WorkerJson.Default.WorkerReply));
}
