using Samples;

namespace Sidecar.Coordinator;

/// <summary>A Python that has grpcio, if the machine has one.</summary>
internal static class Python
{
    public const string Missing =
        "Python with grpcio is not installed, so the client in Python is skipped (Debian and Ubuntu: apt-get install python3-grpcio).";

    public static async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        // The distribution's Python second: another one may be first in the path.
        foreach (var program in new[] { "python3", "/usr/bin/python3" })
        {
            try
            {
                await using var process = ChildProcess.Start("search for grpcio", program, "-c", "import grpc");
                if ((await process.FinishAsync(cancellationToken)).ExitCode == 0)
                {
                    return program;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not installed.
            }
        }

        return null;
    }
}
