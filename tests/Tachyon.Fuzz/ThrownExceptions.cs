extern alias client;

using System.Runtime.ExceptionServices;
using System.Text;
using ClientFrameException = client::Tachyon.Frames.FrameException;
using ServerFrameException = Tachyon.Frames.FrameException;

namespace Tachyon.Fuzz;

/// <summary>
/// Every exception that the thread throws, also one that a catch hides: the read loop of a client turns each into the failure of its calls.
/// </summary>
internal sealed class ThrownExceptions : IDisposable
{
    [ThreadStatic]
    private static ThrownExceptions? s_current;

    static ThrownExceptions() => AppDomain.CurrentDomain.FirstChanceException += static (_, thrown) => s_current?.Add(thrown);

    internal ThrownExceptions() => s_current = this;

    /// <summary>The code of the rule that the input broke; null where it broke none.</summary>
    internal string? Violation { get; private set; }

    /// <summary>The first one that no bytes of a peer may cause.</summary>
    internal Exception? Unexpected { get; private set; }

    public void Dispose() => s_current = null;

    private void Add(FirstChanceExceptionEventArgs thrown)
    {
        switch (thrown.Exception)
        {
            case ServerFrameException exception:
                Violation ??= exception.Code.ToString();
                break;
            case ClientFrameException exception:
                Violation ??= exception.Code.ToString();
                break;
            case DecoderFallbackException:
                // HeaderBlock turns it into a FrameException.
                break;
            default:
                Unexpected ??= thrown.Exception;
                break;
        }
    }
}
