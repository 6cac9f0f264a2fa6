namespace Tachyon.Tool;

/// <summary>Something failed for a reason that is known: the message is the sentence that people read.</summary>
internal sealed class ToolException : Exception
{
    internal ToolException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
