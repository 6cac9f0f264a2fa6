namespace Tachyon.Proof.Tests;

/// <summary>A theory that needs spin and a C compiler; skipped with the reason where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CheckTheoryAttribute : TheoryAttribute
{
    public CheckTheoryAttribute() => Skip = Spin.Missing;
}
