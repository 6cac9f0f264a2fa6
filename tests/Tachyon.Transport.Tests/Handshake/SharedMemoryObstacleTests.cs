using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>What turns shared memory off, below the packages that go on over the socket. The environment is that of the process.</summary>
[Collection(Serial.Name)]
public sealed class SharedMemoryObstacleTests : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, _before);
        TachyonPlatform.SimulatedSystem = null;
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData(" ", true)]
    [InlineData("on", true)]
    [InlineData("TRUE", true)]
    [InlineData("yes", true)]
    [InlineData("1", true)]
    [InlineData("off", false)]
    [InlineData(" Off ", false)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("of", false)]
    public void Variable_turns_off_unless_its_value_is_a_clear_yes(string? value, bool isOn)
    {
        Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, value);

        var expected = isOn ? null : $"the environment variable TACHYON_SHARED_MEMORY is '{value!.Trim()}'";
        Assert.Equal(expected, TachyonPlatform.FindClientObstacle());
        Assert.Equal(expected, TachyonPlatform.FindServerObstacle());
    }

    [Fact]
    public async Task Client_whose_process_has_it_off_sends_no_hello()
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        var refusals = 0;
        await using var listener = TachyonListener.Listen(
            path, settings: new TachyonListenerSettings { HandshakeFailed = _ => Interlocked.Increment(ref refusals) });
        Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, "off");

        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path).Within("the error"));

        Assert.Equal(TachyonConnectError.SharedMemoryOff, exception.Error);
        Assert.Equal("Shared memory is turned off in this process: the environment variable TACHYON_SHARED_MEMORY is 'off'.", exception.Message);
        await listener.StopAsync().AsTask().Within("the stop");
        Assert.Equal(0, refusals);
    }

    [Theory]
    [InlineData("the settings say so", "the settings say so")]
    [InlineData(null, "the environment variable TACHYON_SHARED_MEMORY is 'off'")]
    public async Task Listener_that_grants_none_refuses_the_client_and_reports_the_reason(string? setting, string reason)
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        TachyonHandshakeFailure? failure = null;
        Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, setting is null ? "off" : null);
        await using var listener = TachyonListener.Listen(
            path, settings: new TachyonListenerSettings { HandshakeFailed = seen => failure = seen, SharedMemoryOff = setting });
        Environment.SetEnvironmentVariable(TachyonPlatform.SharedMemoryVariable, null);

        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path).Within("the error"));

        Assert.Equal(reason, listener.SharedMemoryOff);
        Assert.Equal(TachyonConnectError.SharedMemoryOff, exception.Error);
        await listener.StopAsync().AsTask().Within("the stop");
        Assert.Equal(TachyonHandshakeFailureReason.SharedMemoryOff, failure!.Reason);
        Assert.Equal($"The client asked for shared memory, which the server does not grant: {reason}.", failure.Message);
    }

    [Fact]
    public void Listening_and_connecting_over_shared_memory_name_the_system_that_has_none()
    {
        TachyonPlatform.SimulatedSystem = "macOS";

        Assert.False(TachyonPlatform.IsSupported);
        Assert.StartsWith("Tachyon needs 64-bit Linux for memfd, eventfd and epoll; this is macOS (", TachyonPlatform.FindServerObstacle(), StringComparison.Ordinal);
        Assert.Throws<PlatformNotSupportedException>(() => TachyonListener.Listen("/tmp/never"));
        Assert.Throws<PlatformNotSupportedException>(() => { _ = TachyonConnection.ConnectAsync("/tmp/never"); });
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(Errno.EPERM, true)]
    [InlineData(Errno.EACCES, true)]
    [InlineData(Errno.ENOSYS, true)]
    [InlineData(Errno.EMFILE, false)]
    [InlineData(Errno.ENOMEM, false)]
    public void Only_an_error_that_stays_counts_as_a_refusal_of_the_system(int error, bool isRefusal)
        => Assert.Equal(isRefusal, SystemCallProbe.IsRefusal(error));
}
