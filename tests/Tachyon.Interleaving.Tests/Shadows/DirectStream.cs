namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>Stands in for the stream around a <see cref="RequestBody"/>.</summary>
internal sealed class DirectStream
{
    internal int Examined { get; private set; }

    internal void OnExamined(int count) => Examined += count;
}
