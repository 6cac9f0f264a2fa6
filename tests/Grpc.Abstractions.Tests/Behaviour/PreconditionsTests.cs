using Grpc.Core;
using Grpc.Core.Utils;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class PreconditionsTests
{
    [Fact]
    public void What_holds_passes()
    {
        GrpcPreconditions.CheckArgument(true);
        GrpcPreconditions.CheckArgument(true, "message");
        GrpcPreconditions.CheckState(true);
        GrpcPreconditions.CheckState(true, "message");
        Assert.Equal("value", GrpcPreconditions.CheckNotNull("value"));
        Assert.Equal("value", GrpcPreconditions.CheckNotNull("value", "name"));
    }

    [Fact]
    public void What_does_not_hold_throws()
    {
        Assert.Throws<ArgumentException>(() => GrpcPreconditions.CheckArgument(false));
        Assert.Equal("message", Assert.Throws<ArgumentException>(() => GrpcPreconditions.CheckArgument(false, "message")).Message);
        Assert.Throws<InvalidOperationException>(() => GrpcPreconditions.CheckState(false));
        Assert.Equal("message", Assert.Throws<InvalidOperationException>(() => GrpcPreconditions.CheckState(false, "message")).Message);
        Assert.Throws<ArgumentNullException>(() => GrpcPreconditions.CheckNotNull<string?>(null));
        Assert.Throws<ArgumentNullException>("name", () => GrpcPreconditions.CheckNotNull<string?>(null, "name"));
    }

    [Fact]
    public void The_arguments_of_an_auth_context_are_needed()
    {
        Assert.Throws<ArgumentNullException>(() => new AuthInterceptorContext(null!, "method"));
        Assert.Throws<ArgumentNullException>(() => new AuthInterceptorContext("url", null!));
    }
}
