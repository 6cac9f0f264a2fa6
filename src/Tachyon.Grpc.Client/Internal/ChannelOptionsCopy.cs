using System.Runtime.CompilerServices;
using Grpc.Net.Client;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>Copies of the options of a channel: those of the caller may serve other channels.</summary>
internal static class ChannelOptionsCopy
{
    /// <summary>Every option, also those of versions of Grpc.Net.Client that are newer than the one we build with.</summary>
    internal static GrpcChannelOptions Of(GrpcChannelOptions? channelOptions)
        => channelOptions is null ? new GrpcChannelOptions() : (GrpcChannelOptions)Clone(channelOptions);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = nameof(MemberwiseClone))]
    private static extern object Clone(object instance);
}
