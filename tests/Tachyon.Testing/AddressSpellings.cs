namespace Tachyon.Testing;

/// <summary>Every way to write the address of a server on this machine, for tables of tests; {0} is an absolute path, or a name with its
/// @.</summary>
public static class AddressSpellings
{
    /// <summary>Shared memory, by the path of the socket. The last one is what a server prints.</summary>
    public static readonly string[] SharedMemory =
    [
        "{0}", "tachyon:{0}", "tachyon://{0}", "TACHYON://{0}", "http://tachyon:{0}", "http://tachyon://{0}", "unix:{0}?tachyon", "unix://{0}?tachyon",
        "http://unix:{0}?tachyon",
    ];

    /// <summary>The plain Unix socket at the path.</summary>
    public static readonly string[] PlainSocket = ["unix:{0}", "unix://{0}", "http://unix:{0}"];

    /// <summary>Shared memory, by the name of a socket of the abstract namespace. The last one is what a server prints.</summary>
    public static readonly string[] SharedMemoryByName =
    [
        "{0}", "tachyon:{0}", "tachyon://{0}", "http://tachyon:{0}", "unix:{0}?tachyon", "http://unix:{0}?tachyon", "http://unix:/{0}?tachyon",
    ];

    /// <summary>The plain socket of the name.</summary>
    public static readonly string[] PlainSocketByName = ["unix:{0}", "unix://{0}", "http://unix:{0}"];

    public static string Format(string spelling, string pathOrName) => string.Format(null, spelling, pathOrName);
}
