using System.Globalization;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>Questions to a child process that takes the commands of FaultCommands.</summary>
internal static class Host
{
    /// <summary>Of a <see cref="HostRole.CountingServer"/>: handlers that run, handlers that were started. Fails when it has logged an
    /// error.</summary>
    internal static async Task<(int Active, long Started)> HandlersAsync(this ChildProgram server)
    {
        server.Send(HandlerCount.Line);
        var words = (await server.ReadLineAsync() ?? throw new InvalidOperationException($"The server ended: {server.Errors}")).Split(' ', 4);
        Assert.Equal(HandlerCount.Line, words[0]);
        Assert.Equal("", words[3]);
        return (int.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(words[2], CultureInfo.InvariantCulture));
    }
}
