using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Tachyon.Transport.Tests.Architecture;

/// <summary>The types that a type uses: in its bases, its fields, its signatures, and the code of its methods.</summary>
/// <remarks>Read from the compiled assembly. A constant of another type is not found: the compiler has put its value in its
/// place.</remarks>
internal static class TypeUses
{
    private const BindingFlags All =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<ushort, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => (ushort)code.Value);

    internal static IReadOnlySet<Type> Of(Type type)
    {
        HashSet<Type> uses = [];
        Add(uses, type.BaseType);
        AddAll(uses, type.GetInterfaces());
        AddAll(uses, type.GetFields(All).Select(static field => field.FieldType));
        foreach (var method in type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All)))
        {
            AddSignature(uses, method);
            AddBody(uses, method);
        }

        uses.Remove(type);
        return uses;
    }

    private static void AddSignature(HashSet<Type> uses, MethodBase method)
    {
        AddAll(uses, method.GetParameters().Select(static parameter => parameter.ParameterType));
        Add(uses, (method as MethodInfo)?.ReturnType);
    }

    private static void AddBody(HashSet<Type> uses, MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        AddAll(uses, body.LocalVariables.Select(static local => local.LocalType));
        AddAll(uses, body.ExceptionHandlingClauses
            .Where(static clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(static clause => clause.CatchType));
        var code = body.GetILAsByteArray()!;
        for (var at = 0; at < code.Length;)
        {
            // Codes of two bytes begin with 0xFE.
            ushort value = code[at++];
            if (value == 0xFE)
            {
                value = (ushort)((value << 8) | code[at++]);
            }

            var opCode = s_opCodes[value];
            ReadOnlySpan<byte> operand = code.AsSpan(at);
            if (opCode.OperandType
                is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                AddMember(uses, method, BinaryPrimitives.ReadInt32LittleEndian(operand));
            }

            at += SizeOf(opCode.OperandType, operand);
        }
    }

    private static void AddMember(HashSet<Type> uses, MethodBase method, int token)
    {
        var ofType = method.DeclaringType!.GetGenericArguments();
        var ofMethod = method is MethodInfo { IsGenericMethod: true } ? method.GetGenericArguments() : [];
        var member = method.Module.ResolveMember(token, ofType, ofMethod)!;
        Add(uses, member as Type ?? member.DeclaringType);
        switch (member)
        {
            case FieldInfo field:
                Add(uses, field.FieldType);
                break;
            case MethodBase called:
                AddSignature(uses, called);
                if (called.IsGenericMethod)
                {
                    AddAll(uses, called.GetGenericArguments());
                }

                break;
        }
    }

    private static void AddAll(HashSet<Type> uses, IEnumerable<Type?> types)
    {
        foreach (var type in types)
        {
            Add(uses, type);
        }
    }

    private static void Add(HashSet<Type> uses, Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(uses, type.GetElementType());
            return;
        }

        AddAll(uses, type.GenericTypeArguments);
        uses.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
    }

    private static int SizeOf(OperandType operand, ReadOnlySpan<byte> bytes) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        _ => 4,
    };
}
