using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using Tachyon.Transport;

namespace Tachyon.Tool;

/// <summary>Reads the address of a server on the command line, in every form that a client takes.</summary>
internal static class LocalAddress
{
    internal const string Forms = "PATH, @NAME, tachyon:///PATH, tachyon:@NAME, unix:///PATH or unix:@NAME";

    /// <param name="text">The address.</param>
    /// <param name="endPoint">The end point of a socket of this machine; null for an address of the network.</param>
    /// <param name="isTachyon">Whether a client would use shared memory.</param>
    /// <param name="error">Why it is no address, as a sentence.</param>
    internal static bool TryParse(string text, out TachyonEndPoint? endPoint, out bool isTachyon, [NotNullWhen(false)] out string? error)
    {
        endPoint = null;
        isTachyon = false;
        error = text.Length == 0 ? "The address is empty." : null;
        try
        {
            if (error is null && TachyonAddress.Parse(text) is { } socket)
            {
                endPoint = new TachyonEndPoint(socket.Path);
                isTachyon = socket.IsSharedMemory;
            }
        }
        catch (ArgumentException exception)
        {
            error = Sentence(exception);
        }

        return error is null;
    }

    /// <summary>For an option or an argument of the command line that names a socket of this machine.</summary>
    internal static TachyonEndPoint? ParseEndPoint(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        var isAddress = TryParse(text, out var endPoint, out _, out var error);
        if (endPoint is null)
        {
            result.AddError(isAddress ? $"'{text}' is not a socket of this machine: use {Forms}." : error!);
        }

        return endPoint;
    }

    /// <summary>The message without the name of a parameter, which means nothing to people at a terminal.</summary>
    internal static string Sentence(ArgumentException exception)
        => exception.ParamName is { } name ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : exception.Message;
}
