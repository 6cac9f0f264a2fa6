namespace Tachyon.Perf.Floors;

/// <summary>A measurement could not be finished; the message is for the user.</summary>
internal sealed class FloorsException(string message, Exception? cause = null) : Exception(message, cause);
