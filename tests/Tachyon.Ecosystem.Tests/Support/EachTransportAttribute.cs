using System.Reflection;
using Tachyon.TestHost.Transports;
using Xunit.Sdk;

namespace Tachyon.Ecosystem.Tests.Support;

/// <summary>
/// Runs a theory over Kestrel's own Unix socket, which proves the test right, and over Tachyon, in HTTP/2 and in direct mode.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EachTransportAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [[TransportKind.UnixSocket], [TransportKind.Adaptive], [TransportKind.Direct]];
}
