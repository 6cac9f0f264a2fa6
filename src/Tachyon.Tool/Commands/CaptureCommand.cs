using System.CommandLine;
using Tachyon.Tool.Commands.Capture;
using Tachyon.Transport.Internal.Capture;

namespace Tachyon.Tool.Commands;

/// <summary>The traffic of a process, for Wireshark and tshark.</summary>
internal static class CaptureCommand
{
    private const int BrokenPipe = 32; // EPIPE

    internal static Command Create()
    {
        var target = new Argument<CaptureTarget>("target")
        {
            Description = $"Whose traffic: {CaptureTarget.Forms}.",
            CustomParser = static result =>
            {
                if (!CaptureTarget.TryParse(result.Tokens[^1].Value, out var target, out var error))
                {
                    result.AddError(error);
                }

                return target;
            },
        };
        var output = new Option<string>("--output")
        {
            Description = "The file, which must not exist yet; - is standard output, which must not be a terminal.",
            HelpName = "file",
            DefaultValueFactory = static _ => CaptureTarget.StandardOutput,
        };
        var snapLength = CommonOptions.Count(
            "--snaplen",
            "Bytes kept of each packet, with 40 of headers. Few bytes leave out the contents.",
            CaptureLimits.MaxSnapLength,
            CaptureLimits.MinSnapLength,
            CaptureLimits.MaxSnapLength);
        var size = CommonOptions.Count(
            "--size",
            "Megabytes of a file before the next one (name.2.pcapng, ...) begins.",
            CaptureLimits.DefaultFileMegabytes,
            CaptureLimits.MinFileMegabytes,
            CaptureLimits.MaxFileMegabytes);
        var files = CommonOptions.Count(
            "--files", "Files that are kept; the oldest is deleted.", CaptureLimits.DefaultFiles, 1, CaptureLimits.MaxFiles);
        var command = new Command("capture", Help.Describe(
            "Writes what connections carry as a capture (pcapng) that Wireshark and tshark open: each connection is a TCP conversation with HTTP/2, or the frames of direct mode, in it. The server's process captures itself and sends the capture here; its log says so. Only its own user may. Ends with Ctrl-C, or with the process.",
            "tachyon capture /run/app.sock --output app.pcapng   all connections of one server",
            "tachyon capture /run/app.sock | tshark -r -         decoded, as they come",
            "tachyon capture 4711 --output app.pcapng            all connections of a server's process, or of one client",
            "tachyon capture @app --snaplen 96 --output app.pcapng"))
        {
            target, output, snapLength, size, files,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var limits = new CaptureLimits(
                result.GetValue(snapLength), CaptureLimits.BytesOf(result.GetValue(size)), result.GetValue(files));
            return RunAsync(result.GetRequiredValue(target), result.GetRequiredValue(output), limits, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        CaptureTarget target, string path, CaptureLimits limits, CancellationToken cancellationToken)
    {
        var isPipe = path == CaptureTarget.StandardOutput;
        if (isPipe && Terminal.IsInteractive)
        {
            throw new ToolException("A capture is not for a terminal: give --output FILE, or pipe it into 'tshark -r -'.");
        }

        if (!isPipe && Path.Exists(path))
        {
            throw new ToolException($"'{path}' exists: remove it, or give --output another name.");
        }

        using var source = await target.OpenAsync(limits.SnapLength, cancellationToken).ConfigureAwait(false);
        CaptureOutput output = isPipe ? new PipeOutput() : new CaptureFiles(path, limits);
        await using (output.ConfigureAwait(false))
        {
            await Console.Error.WriteLineAsync($"Capturing {source.What}. Ctrl-C ends it.").ConfigureAwait(false);
            using var stop = cancellationToken.Register(source.Stop);
            try
            {
                await source.CopyToAsync(output).ConfigureAwait(false);
            }
            catch (IOException exception) when (isPipe && exception.HResult == BrokenPipe)
            {
                // The reader has seen enough, as with 'tshark -c 10'.
            }
        }

        await Console.Error.WriteLineAsync(source.Summary).ConfigureAwait(false);
        return ExitCodes.Success;
    }
}
