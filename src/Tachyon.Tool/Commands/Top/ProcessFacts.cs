using System.Globalization;

namespace Tachyon.Tool.Commands.Top;

/// <summary>Who a process is: proc_pid_status(5), proc_pid_cmdline(5).</summary>
/// <param name="Id">Its pid here.</param>
/// <param name="OwnId">Its pid as it sees itself, in its own PID namespace.</param>
/// <param name="Name">Of the program, fit to be printed.</param>
/// <param name="UserId">Its effective uid.</param>
/// <param name="User">The name of that user.</param>
internal sealed record ProcessFacts(int Id, int OwnId, string Name, uint UserId, string User)
{
    private const int LongestName = 32;
    private const ulong KernelThreadFlag = 0x0020_0000; // PF_KTHREAD

    internal static ProcessFacts Read(int processId)
    {
        var ownId = processId;
        uint userId = 0;
        var command = "";
        foreach (var line in File.ReadLines($"/proc/{processId}/status"))
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["Name:", ..]:
                    command = line["Name:".Length..].Trim();
                    break;
                case ["Uid:", _, var effective, ..]:
                    userId = uint.Parse(effective, CultureInfo.InvariantCulture);
                    break;
                case ["NSpid:", .., var innermost]:
                    ownId = int.Parse(innermost, CultureInfo.InvariantCulture);
                    break;
                default:
                    break;
            }
        }

        return new ProcessFacts(processId, ownId, Printable(ProgramName(processId) ?? command), userId, Users.NameOf(userId));
    }

    /// <summary>Kernel threads have no memory of their own, but it takes rights to learn even that from their maps.</summary>
    internal static bool IsKernelThread(int processId)
    {
        try
        {
            // The name, second, may hold blanks: count from its closing parenthesis. The flags are field 9.
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (ulong.Parse(fields[6], CultureInfo.InvariantCulture) & KernelThreadFlag) != 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone: whatever it was, it can't be looked at any more.
            return true;
        }
    }

    /// <summary>Under the dotnet host the assembly says more than "dotnet", and the names of threads are short.</summary>
    private static string? ProgramName(int processId)
    {
        var words = File.ReadAllText($"/proc/{processId}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var program = Path.GetFileName(words.FirstOrDefault() ?? "");
        return program == "dotnet" && words.FirstOrDefault(static word => word.EndsWith(".dll", StringComparison.Ordinal)) is { } assembly
            ? Path.GetFileNameWithoutExtension(assembly)
            : program.Length > 0 ? program : null;
    }

    /// <summary>A process chooses its name itself, and could give orders to the terminal with it.</summary>
    private static string Printable(string name)
    {
        var printable = PrintableText.Of(name);
        return printable.Length <= LongestName ? printable : printable[..(LongestName - 1)] + "…";
    }
}
