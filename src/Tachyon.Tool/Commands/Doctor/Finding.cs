namespace Tachyon.Tool.Commands.Doctor;

/// <summary>How one thing stands.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="State">ok, warning or problem.</param>
/// <param name="Message">What was found.</param>
/// <param name="Advice">What to change; null when nothing need be.</param>
internal sealed record Finding(string Check, string State, string Message, string? Advice)
{
    internal const string OkState = "ok";
    internal const string WarningState = "warning";
    internal const string ProblemState = "problem";

    internal static Finding Ok(string check, string message) => new(check, OkState, message, null);

    internal static Finding Warning(string check, string message, string advice) => new(check, WarningState, message, advice);

    internal static Finding Problem(string check, string message, string advice) => new(check, ProblemState, message, advice);
}
