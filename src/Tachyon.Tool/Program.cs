using System.CommandLine;

namespace Tachyon.Tool;

internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        var root = new RootCommand("Looks at Tachyon connections, measures them, and leads others to them.");
        return root.Parse(arguments).InvokeAsync();
    }
}
