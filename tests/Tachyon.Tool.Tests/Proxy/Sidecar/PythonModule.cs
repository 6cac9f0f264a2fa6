using System.ComponentModel;

namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>Whether a Python has a module that the sample's client uses; .ci/run installs it.</summary>
internal static class PythonModule
{
    /// <summary>Asks the Python of the path first, then that of the distribution.</summary>
    internal static async Task<bool> IsInstalledAsync(string module)
        => await HasAsync("python3", module) || await HasAsync("/usr/bin/python3", module);

    private static async Task<bool> HasAsync(string python, string module)
    {
        try
        {
            return (await ChildProgram.RunAsync(python, ["-c", $"import {module}"])).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
