namespace Tachyon.Interleaving.Exploring;

/// <summary>What a thread does next, named by the source: operation, what it is done to, and where.</summary>
internal readonly record struct Step(string Operation, string What, string Member, int Line)
{
    public override string ToString() => Line > 0 ? $"{Member}:{Line}  {Operation} {What}" : $"{Operation} {What}";
}

/// <summary>How a step touches its location. Two reads never need to be tried in both orders.</summary>
internal enum Access
{
    Read,
    Write,
}
