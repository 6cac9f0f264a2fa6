namespace ScaleOut;

/// <summary>Something that the user can understand without a stack trace.</summary>
internal sealed class SampleException(string message) : Exception(message);
