using System.Reflection;
using Xunit.Sdk;

namespace Tachyon.Testing;

/// <summary>A row of a theory that only runs of the full size take: <see cref="TestSize.IsFull"/>.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class FullInlineDataAttribute(params object[] data) : DataAttribute
{
    /// <summary>The row, as given.</summary>
    public IReadOnlyList<object> Data => data;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => TestSize.IsFull ? [data] : [];
}
