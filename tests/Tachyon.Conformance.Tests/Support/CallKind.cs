namespace Tachyon.Conformance.Tests.Support;

/// <summary>gRPC's four kinds of call.</summary>
public enum CallKind
{
    Unary,
    ClientStream,
    ServerStream,
    Duplex,
}
