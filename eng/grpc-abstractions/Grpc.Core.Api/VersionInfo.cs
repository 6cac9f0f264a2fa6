namespace Grpc.Core;

/// <summary>
/// The version as the official assembly states it. These values are compiled into callers, so they are the official
/// ones, not those of the package.
/// </summary>
public static class VersionInfo
{
    /// <summary>The version of the assembly.</summary>
    public const string CurrentAssemblyVersion = "2.0.0.0";

    /// <summary>The version of the file.</summary>
    public const string CurrentAssemblyFileVersion = "2.66.0.0";

    /// <summary>The version of gRPC.</summary>
    public const string CurrentVersion = "2.66.0-dev";
}
