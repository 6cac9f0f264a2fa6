using System.Runtime.InteropServices;

namespace Tachyon.TestHost.Faults;

/// <summary>
/// What a parent may do to any child by a line on its standard input: let it die in a certain way, press it, see that it answers.
/// </summary>
public static class FaultCommands
{
    /// <summary>The ways to die that a process can choose itself. A signal comes from outside.</summary>
    public static IReadOnlyList<string> Deaths { get; } = ["abort", "fail fast", "unhandled exception", "out of memory", "exit"];

    /// <summary>The answer to "ping".</summary>
    public const string Pong = "pong";

    /// <returns>False for a line that is no such command.</returns>
    internal static bool TryRun(string command)
    {
        switch (command)
        {
            case "abort":
                Abort();
                break;
            case "fail fast":
                Environment.FailFast("The test asked for it.");
                break;
            case "unhandled exception":
                throw new InvalidOperationException("The test asked for it.");
            case "out of memory":
                TakeAllMemory();
                break;
            case "exit":
                // Neither the host nor a channel is disposed; the handlers of the runtime run.
                Environment.Exit(3);
                break;
            case "ping":
                Console.WriteLine(Pong);
                break;
            case HandlerCount.Line:
                HandlerCount.OfProcess.Report();
                break;
            case "collect garbage":
                GarbagePressure.Start();
                break;
            case "collect no more":
                Console.WriteLine($"{GarbagePressure.PauseLine} {GarbagePressure.Stop().TotalMilliseconds:0}");
                break;
            case "release handlers":
                BlockingHandlers.Release();
                break;
            default:
                return false;
        }

        return true;
    }

    // With a hard limit of the heap (DOTNET_GCHeapHardLimit): no code catches the exception that comes at last.
    private static void TakeAllMemory()
    {
        for (List<byte[]> all = []; ; all.Add(new byte[1 << 16]))
        {
        }
    }

    [DllImport("libc", EntryPoint = "abort")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Abort();
}
