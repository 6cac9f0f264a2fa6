using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tachyon.Transport;

namespace Tachyon.TestHost.Fixtures;

/// <summary>
/// Makes this process take its system for another one, named by an environment variable: the product then does what it does on a laptop
/// with macOS or Windows. Nothing of the transport can call a library of the system any more.
/// </summary>
public static class SimulatedSystem
{
    public const string Variable = "TACHYON_TESTS_SYSTEM";

    /// <summary>The name of the system; null where none is simulated.</summary>
    public static string? Name { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } name ? name : null;

    /// <summary>Simulates a system until the result is disposed. Beside nothing else: the whole process takes it for its own.</summary>
    public static IDisposable Take(string name)
    {
        TachyonPlatform.SimulatedSystem = name;
        return new Taken();
    }

#pragma warning disable CA2255 // Before any code of the product, in each process of the tests and whatever its entry point is.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Begin()
    {
        if (Name is not null)
        {
            TachyonPlatform.SimulatedSystem = Name;
            NativeLibrary.SetDllImportResolver(typeof(TachyonPlatform).Assembly, Refuse);
        }
    }

    // Not DllNotFoundException: no code may take this for a library that is missing.
    private static nint Refuse(string library, Assembly assembly, DllImportSearchPath? searchPath)
        => throw new InvalidOperationException($"The transport called {library} on {Name}.");

    private sealed class Taken : IDisposable
    {
        public void Dispose() => TachyonPlatform.SimulatedSystem = Name;
    }
}
