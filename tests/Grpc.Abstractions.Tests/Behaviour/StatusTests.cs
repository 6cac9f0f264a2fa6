using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class StatusTests
{
    [Fact]
    public void A_status_shows_its_code_and_detail()
    {
        Assert.Equal(
            "Status(StatusCode=\"Unavailable\", Detail=\"gone\")",
            new Status(StatusCode.Unavailable, "gone").ToString());
        Assert.Equal("Status(StatusCode=\"OK\", Detail=\"\")", Status.DefaultSuccess.ToString());
        Assert.Equal(StatusCode.Cancelled, Status.DefaultCancelled.StatusCode);
    }

    [Fact]
    public void A_status_shows_its_debug_exception()
    {
        var status = new Status(StatusCode.Internal, "bug", new FormatException("odd"));

        Assert.Equal(
            "Status(StatusCode=\"Internal\", Detail=\"bug\", DebugException=\"System.FormatException: odd\")",
            status.ToString());
    }

    [Fact]
    public void Statuses_with_the_same_values_are_equal()
    {
        Assert.Equal(new Status(StatusCode.NotFound, "x"), new Status(StatusCode.NotFound, "x"));
        Assert.NotEqual(new Status(StatusCode.NotFound, "x"), new Status(StatusCode.NotFound, "y"));
    }

    [Fact]
    public void An_exception_has_the_message_of_its_status()
    {
        var inner = new FormatException("odd");
        var status = new Status(StatusCode.Internal, "bug", inner);
        var e = new RpcException(status);

        Assert.Equal(status.ToString(), e.Message);
        Assert.Equal(status, e.Status);
        Assert.Equal(StatusCode.Internal, e.StatusCode);
        Assert.Same(inner, e.InnerException);
        Assert.Empty(e.Trailers);
    }

    [Fact]
    public void An_exception_can_have_a_message_and_trailers_of_its_own()
    {
        var trailers = new Metadata { { "a", "1" } };
        var e = new RpcException(Status.DefaultCancelled, trailers, "message");

        Assert.Equal("message", e.Message);
        Assert.Same(trailers, e.Trailers);
        Assert.Equal("message", new RpcException(Status.DefaultCancelled, "message").Message);
        Assert.Same(trailers, new RpcException(Status.DefaultCancelled, trailers).Trailers);
        Assert.Throws<ArgumentNullException>(() => new RpcException(Status.DefaultCancelled, (Metadata)null!));
    }
}
