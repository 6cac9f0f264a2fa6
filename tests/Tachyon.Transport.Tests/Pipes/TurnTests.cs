using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>
/// A reader that always finds data lets go now and then, so that who resumed it comes to look after others; but only where a wait brings
/// it back.
/// </summary>
public sealed class TurnTests
{
    private const int Message = 32 * 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reader_of_a_peer_that_never_stops_gives_others_a_turn(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        var waited = false;

        // Once in a MiB it is given to the pool. That may be done with it before we look, so not every one of them is seen.
        for (var i = 0; i < 2048 && !waited; i++)
        {
            await pair.Client.Output.SendPatternAsync(Message, i * Message);
            var reading = pair.Server.Input.ReadAsync();
            waited = !reading.IsCompleted;
            var read = await reading.Within();
            BytePattern.Check(read.Buffer, i * Message, 0);
            pair.Server.Input.AdvanceTo(read.Buffer.End);
        }

        Assert.True(waited, "64 MiB came and not one read went through the thread pool.");
    }

    [Fact]
    public async Task Unexamined_bytes_are_shown_again_whatever_the_turn()
    {
        // Copies: the ring is empty, and what is not examined lies in private memory only.
        await using var pair = Pair.Create(copy: true);
        for (var i = 0; i < 40; i++)
        {
            await pair.Client.Output.SendPatternAsync(Message, i * Message);
            var read = await pair.Server.Input.ReadAsync().Within();
            pair.Server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(1));

            read = await pair.Server.Input.ReadAsync().Within("a read of what was not examined");
            BytePattern.Check(read.Buffer, i * Message, 0);
            pair.Server.Input.AdvanceTo(read.Buffer.End);
        }
    }
}
