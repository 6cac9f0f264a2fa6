using System.Diagnostics;

namespace Tachyon.Perf;

/// <summary>This program again, as another process that is spoken to through its input and output.</summary>
internal static class OwnProgram
{
    internal static ProcessStartInfo With(params IEnumerable<string> arguments)
    {
        // Under the dotnet host the program is the host's first argument.
        string[] program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(OwnProgram).Assembly.Location] : [];
        return new ProcessStartInfo(Environment.ProcessPath!, program.Concat(arguments))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
    }
}
