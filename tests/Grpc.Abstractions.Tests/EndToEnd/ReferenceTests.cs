using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Grpc.Abstractions.Tests.EndToEnd;

/// <summary>
/// Resolves every reference to a type or a member in the published libraries. The calls of <see cref="EndToEndTests" />
/// would find a missing member only on the paths that they take.
/// </summary>
public sealed class ReferenceTests
{
    private static readonly string[] Abstractions = ["Grpc.Core.Api", "Grpc.Net.Common"];

    // What stands for the type parameters of the referring code; the abstractions constrain theirs to no more than a class.
    private static readonly Type[] Arguments = Enumerable.Repeat(typeof(object), 8).ToArray();

    [Theory]
    [InlineData("Grpc.Net.Client")]
    [InlineData("Grpc.AspNetCore.Server")]
    public void The_references_of_a_published_library_resolve(string libraryName)
    {
        var library = Assembly.Load(libraryName);
        using var file = new PEReader(File.OpenRead(library.Location));
        var metadata = file.GetMetadataReader();
        var types = 0;
        foreach (var handle in metadata.TypeReferences)
        {
            var type = library.ManifestModule.ResolveType(MetadataTokens.GetToken(handle));
            types += IsAbstraction(type) ? 1 : 0;
        }

        var members = 0;
        foreach (var handle in metadata.MemberReferences)
        {
            if (IsOfOwnGenericType(metadata, metadata.GetMemberReference(handle).Parent))
            {
                continue;
            }

            var member = library.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle), Arguments, Arguments);
            members += IsAbstraction(member!.DeclaringType!) ? 1 : 0;
        }

        // Neither library could do without these; fewer would mean that the test looks at the wrong thing.
        Assert.True(types > 20, $"{types} types");
        Assert.True(members > 30, $"{members} members");
    }

    /// <summary>
    /// Whether the members of the type are the library's own, which need no resolving, and whose type parameters may have
    /// constraints that the arguments here do not meet.
    /// </summary>
    private static bool IsOfOwnGenericType(MetadataReader metadata, EntityHandle type)
    {
        if (type.Kind != HandleKind.TypeSpecification)
        {
            return false;
        }

        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)type).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return false;
        }

        // Whether it is a class or a value type, which does not matter here.
        signature.ReadByte();
        return signature.ReadTypeHandle().Kind == HandleKind.TypeDefinition;
    }

    private static bool IsAbstraction(Type type) => Abstractions.Contains(type.Assembly.GetName().Name);
}
