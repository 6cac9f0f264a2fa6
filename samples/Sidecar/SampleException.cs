namespace Sidecar;

/// <summary>Something that the user should read, without a stack trace.</summary>
internal sealed class SampleException(string message) : Exception(message);
