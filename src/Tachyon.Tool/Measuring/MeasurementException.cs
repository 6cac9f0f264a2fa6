namespace Tachyon.Measuring;

/// <summary>A measurement could not be finished; the message is for the user.</summary>
internal sealed class MeasurementException(string message, Exception? cause = null) : Exception(message, cause);
