using System.ComponentModel;
using System.Diagnostics;

namespace Tachyon.Proxy.Tests.Sidecar;

/// <summary>A fact that runs where a Python has the module; .ci/run installs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsPythonFactAttribute : FactAttribute
{
    private static readonly string[] s_pythons = ["python3", "/usr/bin/python3"];

    public NeedsPythonFactAttribute(string module) => Skip = Missing(module);

    /// <summary>A Python that has the module: first the one of the path, then that of the distribution.</summary>
    internal static string? Find(string module) => s_pythons.FirstOrDefault(python => Has(python, module));

    internal static string? Missing(string module) => Find(module) is null ? $"No Python with the module '{module}' is installed." : null;

    private static bool Has(string python, string module)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(python, ["-c", $"import {module}"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
