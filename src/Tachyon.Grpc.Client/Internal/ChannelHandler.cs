namespace Tachyon.Grpc.Client.Internal;

/// <summary>What UseTachyon puts into the options of a channel, or into a client factory; it belongs to that one channel.</summary>
internal abstract class ChannelHandler : DelegatingHandler
{
    /// <param name="inner">The next handler.</param>
    /// <param name="brought">The handler that the user had set; null if there was none.</param>
    /// <param name="disposesBrought">Whether the user wants it to be disposed with the channel.</param>
    private protected ChannelHandler(HttpMessageHandler inner, HttpMessageHandler? brought, bool disposesBrought)
        : base(inner)
    {
        Brought = brought;
        DisposesBrought = disposesBrought;
    }

    internal HttpMessageHandler? Brought { get; }

    internal bool DisposesBrought { get; }
}
