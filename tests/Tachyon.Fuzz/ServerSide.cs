using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Tachyon.AspNetCore.Internal.Direct;
using Tachyon.Frames;

namespace Tachyon.Fuzz;

/// <summary>
/// A connection of the server, as the sink of its frames. Requests begin and get their bodies, and never reach an application, which would
/// run on the thread pool: the same input always takes the same path.
/// </summary>
internal sealed class ServerSide : ISide
{
    // As in DirectConnection.
    private const int MaxBlockLength = 64 * 1024;

    private static readonly KestrelServerOptions s_options = new();
    private static readonly CapturedApplication s_application = CreateApplication();

    private readonly FuzzPipes _pipes;
    private readonly FrameReader _reader = new(MaxBlockLength);
    private readonly DirectConnection _connection;
    private bool _isEnded;

    internal ServerSide(FuzzPipes pipes)
    {
        _pipes = pipes;
        _connection = new DirectConnection(
            new DefaultConnectionContext("fuzz", pipes, pipes),
            static _ => { },
            s_application,
            s_options,
            NullLogger.Instance,
            NullLogger.Instance);
    }

    public void Receive()
    {
        while (!_isEnded && _pipes.Input.TryRead(out var result))
        {
            try
            {
                _pipes.Input.AdvanceTo(_reader.Read(result.Buffer, _connection), result.Buffer.End);
                _isEnded = result.IsCompleted;
            }
            catch (FrameException)
            {
                _isEnded = true;
            }
        }
    }

    private static CapturedApplication CreateApplication()
    {
        var application = new CapturedApplication();
        application.Set(new UnusedApplication());
        return application;
    }

    private sealed class UnusedApplication : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new NotSupportedException();

        public Task ProcessRequestAsync(object context) => throw new NotSupportedException();

        public void DisposeContext(object context, Exception? exception) => throw new NotSupportedException();
    }
}
