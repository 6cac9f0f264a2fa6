using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// A connection of Kestrel's socket transport that gives back its place among the listener's connections when it is disposed.
/// ConnectionClosed would be too early: it is canceled as soon as the client ends its sending direction, while its requests are still
/// handled.
/// </summary>
internal sealed class SocketClientConnectionContext(ConnectionContext socket, TachyonSocketClient client) : ConnectionContext
{
    public override string ConnectionId
    {
        get => socket.ConnectionId;
        set => socket.ConnectionId = value;
    }

    public override IFeatureCollection Features => socket.Features;

    public override IDictionary<object, object?> Items
    {
        get => socket.Items;
        set => socket.Items = value;
    }

    public override IDuplexPipe Transport
    {
        get => socket.Transport;
        set => socket.Transport = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => socket.ConnectionClosed;
        set => socket.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => socket.LocalEndPoint;
        set => socket.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => socket.RemoteEndPoint;
        set => socket.RemoteEndPoint = value;
    }

    public override void Abort(ConnectionAbortedException abortReason) => socket.Abort(abortReason);

    public override void Abort() => socket.Abort();

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await socket.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            client.Dispose();
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
