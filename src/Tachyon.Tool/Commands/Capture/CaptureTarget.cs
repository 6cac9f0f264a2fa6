using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Tachyon.Tool.Commands.Top;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Tool.Commands.Capture;

/// <summary>What is captured: a server, by its address, or a process.</summary>
internal abstract record CaptureTarget
{
    internal const string Forms = "PATH, @NAME, tachyon:///PATH, or the id of a process";

    internal const string StandardOutput = "-";

    /// <param name="text">The address or the process id.</param>
    /// <param name="target">What is captured.</param>
    /// <param name="error">Why it is neither, as a sentence.</param>
    internal static bool TryParse(string text, [NotNullWhen(true)] out CaptureTarget? target, [NotNullWhen(false)] out string? error)
    {
        target = null;
        error = null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var processId))
        {
            target = new OfProcess(processId);
        }
        else if (LocalAddress.TryParse(text, out var endPoint, out _, out error))
        {
            target = endPoint is null ? null : new OfServer(endPoint);
            error = target is null ? $"'{text}' is not a socket of this machine: use {Forms}." : null;
        }

        return target is not null;
    }

    /// <summary>Asks for the capture.</summary>
    /// <param name="snapLength">Bytes to keep of each packet.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    internal abstract Task<CaptureSource> OpenAsync(int snapLength, CancellationToken cancellationToken);

    private sealed record OfServer(TachyonEndPoint EndPoint) : CaptureTarget
    {
        internal override Task<CaptureSource> OpenAsync(int snapLength, CancellationToken cancellationToken)
            => CaptureSource.OpenAsync(
                EndPoint,
                new CaptureRequest(IsWholeProcess: false, null, snapLength),
                $"the connections of the server at '{EndPoint}'",
                cancellationToken);
    }

    /// <summary>A server by any of its sockets; a client by the server that it is connected to.</summary>
    private sealed record OfProcess(int Id) : CaptureTarget
    {
        internal override async Task<CaptureSource> OpenAsync(int snapLength, CancellationToken cancellationToken)
        {
            foreach (var path in ListeningSockets.Of(Id))
            {
                await CheckIsAtAsync(path, cancellationToken).ConfigureAwait(false);
                try
                {
                    return await CaptureSource.OpenAsync(
                        new TachyonEndPoint(path),
                        new CaptureRequest(IsWholeProcess: true, null, snapLength),
                        $"all connections of process {Id}",
                        cancellationToken).ConfigureAwait(false);
                }
                catch (NotCaptureServerException)
                {
                    // Another protocol's socket.
                }
            }

            (string Path, int ClientId)[] servers =
            [
                .. Snapshot.Take(new RegionScanner()).Samples
                    .Where(sample => sample.Region.Views.Any(view => view.Process.Id == Id))
                    .Where(static sample => sample is { Page: not null, Region.Path: not null })
                    .Select(static sample => (sample.Region.Path!, sample.Page!.ClientProcessId))
                    .Distinct(),
            ];
            return servers switch
            {
                [] => throw new ToolException(
                    $"Process {Id} has no socket and no connection of Tachyon that this user may see: give the address of its server, or start it with TACHYON_CAPTURE=/path/name.pcapng."),
                [var (path, clientId)] => await CaptureSource.OpenAsync(
                    new TachyonEndPoint(path),
                    new CaptureRequest(IsWholeProcess: false, clientId, snapLength),
                    $"the connections of client process {Id}, at the server at '{path}'",
                    cancellationToken).ConfigureAwait(false),
                _ => throw new ToolException(
                    $"Process {Id} is a client of several servers: capture one of {string.Join(", ", servers.Select(static server => $"'{server.Path}'").Distinct())}."),
            };
        }

        /// <summary>A capture by a path that another server has taken over would be one of that server.</summary>
        private async Task CheckIsAtAsync(string path, CancellationToken cancellationToken)
        {
            if (!ListeningSockets.AreSeveralAt(Id, path))
            {
                return;
            }

            using var socket = await TachyonConnection.ConnectSocketAsync(path, null, cancellationToken).ConfigureAwait(false);
            var server = ControlSocket.GetPeer(socket).ProcessId;
            if (server != Id)
            {
                throw new ToolException($"Process {Id} is not at '{path}' any more: process {server} has taken it over, and can be captured.");
            }
        }
    }
}
