namespace Tachyon.Fuzz;

/// <summary>The input made a side do what no bytes of a peer may make it do.</summary>
public sealed class FindingException(string message, Exception? innerException = null) : Exception(message, innerException);
