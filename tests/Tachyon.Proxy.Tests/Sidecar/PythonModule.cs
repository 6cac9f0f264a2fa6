using System.ComponentModel;
using System.Diagnostics;

namespace Tachyon.Proxy.Tests.Sidecar;

/// <summary>Whether a Python has a module that the sample's client uses; .ci/run installs it.</summary>
internal static class PythonModule
{
    private static readonly string[] s_pythons = ["python3", "/usr/bin/python3"];

    /// <summary>Asks the Python of the path first, then that of the distribution.</summary>
    internal static bool IsInstalled(string module) => s_pythons.Any(python => Has(python, module));

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
