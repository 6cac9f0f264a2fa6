using System.Globalization;
using System.Reflection;
using System.Text;

namespace Grpc.Abstractions.Tests.PublicApi;

/// <summary>
/// Renders the public types of an assembly in the form of public-api.txt: a block for each type, whose first line is the
/// type and whose other lines are its members.
/// </summary>
internal static class PublicApiText
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(byte)] = "byte",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
    };

    /// <summary>The blocks of the assembly by their first line.</summary>
    public static Dictionary<string, List<string>> Render(Assembly assembly) =>
        assembly.GetExportedTypes().ToDictionary(RenderType, type => RenderMembers(type).ToList());

    /// <summary>The blocks of one assembly in the text, by their first line.</summary>
    public static Dictionary<string, List<string>> Parse(IEnumerable<string> text, string assemblyName)
    {
        var blocks = new Dictionary<string, List<string>>();
        var members = new List<string>();
        var section = "";
        foreach (var line in text)
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                section = line[2..];
            }
            else if (section == assemblyName && line.StartsWith("  ", StringComparison.Ordinal))
            {
                members.Add(line.Trim());
            }
            else if (section == assemblyName && line.Length > 0)
            {
                members = [];
                blocks.Add(line.Trim(), members);
            }
        }

        return blocks;
    }

    private static string RenderType(Type type)
    {
        var text = new StringBuilder(type.Namespace).Append(": ");
        if (IsDelegate(type))
        {
            return text.Append("delegate ").Append(NameOf(type)).Append(ConstraintsOf(type)).ToString();
        }

        var kind = type switch
        {
            { IsEnum: true } => "enum ",
            { IsValueType: true } => "struct ",
            { IsInterface: true } => "interface ",
            { IsAbstract: true, IsSealed: true } => "static class ",
            { IsAbstract: true } => "abstract class ",
            { IsSealed: true } => "sealed class ",
            _ => "class ",
        };
        text.Append(kind).Append(NameOf(type));
        if (!type.IsEnum)
        {
            var bases = new List<Type>(type.GetInterfaces());
            if (type.BaseType is { } baseType && baseType != typeof(object) && baseType != typeof(ValueType))
            {
                bases.Insert(0, baseType);
            }

            text.Append(bases.Count == 0 ? "" : " : ").AppendJoin(", ", bases.Select(NameOf)).Append(ConstraintsOf(type));
        }

        return text.ToString();
    }

    private static IEnumerable<string> RenderMembers(Type type)
    {
        if (type.IsEnum)
        {
            var values = Enum.GetValuesAsUnderlyingType(type).Cast<object>()
                .Select(value => $"{Enum.GetName(type, value)} = {Convert.ToString(value, CultureInfo.InvariantCulture)}");
            var flags = type.IsDefined(typeof(FlagsAttribute)) ? "  [Flags]" : "";
            return [string.Join(", ", values) + flags];
        }

        if (IsDelegate(type))
        {
            return [RenderMethod(type.GetMethod("Invoke")!, isDelegate: true)];
        }

        return type.GetConstructors(Declared).Where(IsVisible).Where(c => !c.IsStatic).Select(RenderConstructor)
            .Concat(type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly).Select(RenderField))
            .Concat(type.GetProperties(Declared).Where(p => p.GetAccessors(nonPublic: true).Any(IsVisible)).Select(RenderProperty))
            .Concat(type.GetMethods(Declared).Where(m => !m.IsSpecialName && IsVisible(m)).Select(m => RenderMethod(m)));
    }

    private static string RenderConstructor(ConstructorInfo constructor) =>
        $"{AccessOf(constructor)}ctor({ParametersOf(constructor)})";

    private static string RenderField(FieldInfo field)
    {
        var access = field.IsPublic ? "" : "protected ";
        var kind = field.IsLiteral ? "static const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        var value = field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "";
        return $"{access}{kind}{NameOf(field.FieldType)} {field.Name}{value}";
    }

    private static string RenderProperty(PropertyInfo property)
    {
        var accessor = property.GetAccessors(nonPublic: true).First(IsVisible);
        var index = property.GetIndexParameters();
        var name = property.Name + (index.Length == 0 ? "" : $"[{string.Join(", ", index.Select(RenderParameter))}]");
        var get = property.GetMethod is { } getter && IsVisible(getter) ? "get; " : "";
        var set = property.SetMethod is { } setter && IsVisible(setter) ? "set; " : "";
        return $"{AccessOf(accessor)}{ModifiersOf(accessor)}{NameOf(property.PropertyType)} {name} {{ {get}{set}}}";
    }

    private static string RenderMethod(MethodInfo method, bool isDelegate = false)
    {
        var generic = method.IsGenericMethodDefinition
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
            : "";
        // The text says of a method's type parameters only whether the first of them has to be a class.
        var constraint = generic.Length > 0
            && method.GetGenericArguments()[0].GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)
                ? " where class"
                : "";
        var modifiers = isDelegate ? "" : ModifiersOf(method);
        return $"{AccessOf(method)}{modifiers}{NameOf(method.ReturnType)} {method.Name}{generic}({ParametersOf(method)}){constraint}";
    }

    private static string ParametersOf(MethodBase method) => string.Join(", ", method.GetParameters().Select(RenderParameter));

    private static string RenderParameter(ParameterInfo parameter)
    {
        var text = $"{NameOf(parameter.ParameterType)} {parameter.Name}";
        if (!parameter.HasDefaultValue)
        {
            return text;
        }

        var isValueType = parameter.ParameterType.IsValueType;
        var value = parameter.RawDefaultValue switch
        {
            null => isValueType ? "default" : "null",
            var raw => Convert.ToString(raw, CultureInfo.InvariantCulture),
        };
        return $"{text} = {value}";
    }

    private static string AccessOf(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string ModifiersOf(MethodInfo method) => method switch
    {
        { IsStatic: true } => "static ",

        // Every member of an interface is abstract, or has a default.
        { DeclaringType.IsInterface: true } => "",
        { IsAbstract: true } => "abstract ",

        // An implementation of an interface's member is virtual to the runtime, but final.
        { IsVirtual: true, IsFinal: false } => method.GetBaseDefinition() == method ? "virtual " : "override ",
        _ => "",
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(Delegate));

    private static string NameOf(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        if (type.IsArray)
        {
            return NameOf(type.GetElementType()!) + "[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return NameOf(underlying) + "?";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        // A nested type has the parameters of the outer one too; here only nested delegates are generic, in a type that is not.
        var outer = type.DeclaringType is { } declaring ? NameOf(declaring) + "." : "";
        var arguments = type.GetGenericArguments();
        return arguments.Length == 0
            ? outer + type.Name
            : $"{outer}{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", arguments.Select(NameOf))}>";
    }

    private static string ConstraintsOf(Type type)
    {
        var text = new StringBuilder();
        foreach (var parameter in type.GetGenericArguments())
        {
            var constraints = parameter.GetGenericParameterConstraints().Select(NameOf).ToList();
            if (parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            {
                constraints.Insert(0, "class");
            }

            if (constraints.Count > 0)
            {
                text.Append(" where ").Append(parameter.Name).Append(" : ").AppendJoin(", ", constraints);
            }
        }

        return text.ToString();
    }
}
