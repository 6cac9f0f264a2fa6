using Google.Protobuf;
using Tachyon.Perf.Service;

namespace Tachyon.Perf.Scenarios;

internal static class Payloads
{
    internal static Payload Create(int size) => new() { Data = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
}
