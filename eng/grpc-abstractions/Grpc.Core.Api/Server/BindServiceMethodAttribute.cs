using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>Tells from the base class of a service which static method binds the service. Generated code bears it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class BindServiceMethodAttribute : Attribute
{
    // The server looks the method up by reflection, so trimming has to leave it alone.
    private const DynamicallyAccessedMemberTypes Methods =
        DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods;

    /// <summary>Names the method.</summary>
    public BindServiceMethodAttribute([DynamicallyAccessedMembers(Methods)] Type bindType, string bindMethodName)
    {
        BindType = bindType;
        BindMethodName = bindMethodName;
    }

    /// <summary>The type that has the method.</summary>
    [DynamicallyAccessedMembers(Methods)]
    public Type BindType { get; }

    /// <summary>The name of the method.</summary>
    public string BindMethodName { get; }
}
