using Grpc.Core;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Fixtures;

/// <summary>Names for calls, under which the server's probe knows them.</summary>
internal static class CallIds
{
    private static int s_last;

    public static string Next() => $"call-{Interlocked.Increment(ref s_last)}";

    public static Metadata Header(string id) => new() { { ServerProbe.IdHeader, id } };
}
