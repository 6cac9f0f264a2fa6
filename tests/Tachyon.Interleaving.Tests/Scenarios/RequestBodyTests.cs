using System.Buffers;
using Tachyon.AspNetCore.Internal.Direct;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>Direct mode: the body of a request between the reader of the connection, which ends it, and the application.</summary>
public sealed class RequestBodyTests
{
    [Fact]
    public void Body_that_ends_as_its_application_does_is_used_again_only_when_it_is_clean()
        => ExploreAll.Schedule(run =>
        {
            var body = new RequestBody(new DirectStream());
            var isReused = false;
            run.Thread("connection", () =>
            {
                body.Write(new ReadOnlySequence<byte>(new byte[10]));
                body.End();
            });
            run.Thread("application", () => isReused = body.Release());
            run.Check(() =>
            {
                if (isReused)
                {
                    body.Write(new ReadOnlySequence<byte>(new byte[1]));
                    Assert.True(body.TryRead(out var result));
                    Assert.Equal((1, false), (result.Buffer.Length, result.IsCompleted));
                }
            });
        });

    [Fact]
    public void Application_examines_each_byte_once_and_sees_the_end_after_the_last()
        => ExploreAll.Schedule(run =>
        {
            var stream = new DirectStream();
            var body = new RequestBody(stream);
            run.Thread("connection", () =>
            {
                body.Write(new ReadOnlySequence<byte>(new byte[10]));
                body.Write(new ReadOnlySequence<byte>(new byte[20]));
                body.End();
            });
            run.Thread("application", () =>
            {
                // A message that is not complete is examined and not consumed.
                if (body.TryRead(out var result))
                {
                    body.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                }
            });
            run.Check(() =>
            {
                Assert.True(body.TryRead(out var result));
                Assert.Equal((30, true), (result.Buffer.Length, result.IsCompleted));
                body.AdvanceTo(result.Buffer.End);
                Assert.Equal(30, stream.Examined);
            });
        });
}
