namespace Tachyon.AspNetCore.Internal;

/// <summary>Registered by UseTachyon, so that ListenTachyon can say that it is missing.</summary>
internal sealed class TachyonTransportMarker;
