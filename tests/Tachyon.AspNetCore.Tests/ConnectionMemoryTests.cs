using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>A connection's rings go when Kestrel is done with it, whatever its pipes were last used for.</summary>
public sealed class ConnectionMemoryTests
{
    [Fact]
    public async Task Memory_that_was_handed_out_and_never_given_back_keeps_no_ring()
    {
        Memory<byte> written = default;
        ReadOnlyMemory<byte> read = default;
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Listen = listen => listen.Use(_ => async context =>
            {
                // No flush, as in a writer that Kestrel has aborted, and no AdvanceTo.
                read = (await context.Transport.Input.ReadAsync(context.ConnectionClosed)).Buffer.First;
                written = context.Transport.Output.GetMemory();
                context.Transport.Output.Advance(1);
            }),
        });
        await using var connection = await TachyonConnection.ConnectAsync(server.Path);

        await connection.Output.WriteAsync("x"u8.ToArray());
        await ReadToEndAsync(connection.Input).Within("the end of the connection");

        // The memory says so when its ring is gone.
        await Watchdog.Until(() => IsGone(written) && IsGone(read), "the rings to be given back");
    }

    private static async Task ReadToEndAsync(PipeReader input)
    {
        while (await input.ReadAsync() is { IsCompleted: false } result)
        {
            input.AdvanceTo(result.Buffer.End);
        }
    }

    private static bool IsGone(ReadOnlyMemory<byte> memory)
    {
        try
        {
            using var pinned = memory.Pin();
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
