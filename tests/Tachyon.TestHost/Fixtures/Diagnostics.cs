using System.Globalization;
using System.Text;

namespace Tachyon.TestHost.Fixtures;

/// <summary>The servers of this process, for the message of a test that hung.</summary>
internal static class Diagnostics
{
    private const int LogLines = 60;

    public static string Describe()
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        foreach (var server in TestServer.Live)
        {
            text.AppendLine(culture, $"server at {server.Path} ({server.Kind}): {Streams(server)}");
            foreach (var line in server.Logs.Tail(LogLines))
            {
                text.AppendLine(culture, $"    {line}");
            }
        }

        return text.ToString();
    }

    private static string Streams(TestServer server)
    {
        try
        {
            return server.Streams.Describe();
        }
        catch (InvalidOperationException exception)
        {
            // A look into Kestrel's private fields must not hide what the test has to say.
            return exception.Message;
        }
    }
}
