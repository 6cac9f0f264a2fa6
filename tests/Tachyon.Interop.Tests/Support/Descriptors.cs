using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tachyon.TestHost.Protos;

namespace Tachyon.Interop.Tests.Support;

/// <summary>The test services as a FileDescriptorSet: with it Python needs no generated files.</summary>
internal static class Descriptors
{
    public static string WriteTo(string path)
    {
        using var file = File.Create(path);
        new FileDescriptorSet { File = { TestReflection.Descriptor.ToProto() } }.WriteTo(file);
        return path;
    }
}
