namespace Samples;

/// <summary>An error that the user understands without a stack trace.</summary>
internal sealed class SampleException(string message) : Exception(message);
