namespace Tachyon.Tool.Tests.Support;

/// <summary>Those that <see cref="Signals"/> has no use for elsewhere.</summary>
internal static class Signal
{
    /// <summary>SIGINT, as by Ctrl-C.</summary>
    internal const int Interrupt = 2;
}
