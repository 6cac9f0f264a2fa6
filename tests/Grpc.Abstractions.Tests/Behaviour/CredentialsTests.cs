using System.Text;
using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class CredentialsTests
{
    private static readonly object State = new();

    [Fact]
    public void Channel_credentials_tell_what_they_are()
    {
        var pair = new KeyCertificatePair("chain", "key");
        VerifyPeerCallback verify = _ => true;

        Assert.Equal("insecure", Describe(ChannelCredentials.Insecure));
        Assert.Equal("ssl(,,False)", Describe(ChannelCredentials.SecureSsl));
        Assert.Equal("ssl(roots,,False)", Describe(new SslCredentials("roots")));
        Assert.Equal("ssl(roots,chain,False)", Describe(new SslCredentials("roots", pair)));
        Assert.Equal("ssl(roots,chain,True)", Describe(new SslCredentials("roots", pair, verify)));
        Assert.Same(ChannelCredentials.Insecure, ChannelCredentials.Insecure);
        Assert.Same(ChannelCredentials.SecureSsl, ChannelCredentials.SecureSsl);
    }

    [Fact]
    public void Channel_credentials_compose_with_call_credentials()
    {
        var call = CallCredentials.FromInterceptor(Named("a"));

        Assert.Equal("ssl(,,False)+a", Describe(ChannelCredentials.Create(ChannelCredentials.SecureSsl, call)));
        Assert.Equal("insecure+a", Describe(ChannelCredentials.Create(ChannelCredentials.Insecure, call)));
        Assert.Throws<ArgumentNullException>(() => ChannelCredentials.Create(null!, call));
        Assert.Throws<ArgumentNullException>(() => ChannelCredentials.Create(ChannelCredentials.Insecure, null!));
    }

    [Fact]
    public void Call_credentials_compose_in_order()
    {
        var a = CallCredentials.FromInterceptor(Named("a"));
        var b = CallCredentials.FromInterceptor(Named("b"));
        var c = CallCredentials.FromInterceptor(Named("c"));
        CallCredentials[] parts = [a, b];
        var composed = CallCredentials.Compose(parts);
        parts[0] = c;

        Assert.Equal("[a b]", Describe(composed));
        Assert.Equal("[c [a b]]", Describe(CallCredentials.Compose(c, composed)));
        Assert.Throws<ArgumentException>(() => CallCredentials.Compose(a));
        Assert.Throws<ArgumentNullException>(() => CallCredentials.Compose(null!));
        Assert.Throws<ArgumentNullException>(() => CallCredentials.Compose(a, null!));
        Assert.Throws<ArgumentNullException>(() => CallCredentials.FromInterceptor(null!));
    }

    [Fact]
    public void An_auth_context_finds_its_properties()
    {
        byte[] bytes = "é"u8.ToArray();
        var name = AuthProperty.Create("name", bytes);
        bytes[0] = 0;
        name.ValueBytes[0] = 0;
        var other = AuthProperty.Create("other", []);
        var context = new AuthContext("name", new() { ["name"] = [name], ["other"] = [other] });

        Assert.True(context.IsPeerAuthenticated);
        Assert.Equal("name", context.PeerIdentityPropertyName);
        Assert.Equal([name], context.PeerIdentity);
        Assert.Equal([name, other], context.Properties);
        Assert.Equal([other], context.FindPropertiesByName("other"));
        Assert.Empty(context.FindPropertiesByName("none"));
        Assert.Equal("é", name.Value);
    }

    [Fact]
    public void An_auth_context_without_an_identity_is_not_authenticated()
    {
        var context = new AuthContext(null, []);

        Assert.False(context.IsPeerAuthenticated);
        Assert.Empty(context.PeerIdentity);
        Assert.Empty(context.Properties);
    }

    private static AsyncAuthInterceptor Named(string name) => (_, metadata) =>
    {
        metadata.Add("name", name);
        return Task.CompletedTask;
    };

    private static string Describe(ChannelCredentials credentials)
    {
        var describer = new ChannelDescriber();
        credentials.InternalPopulateConfiguration(describer, State);
        return describer.Text;
    }

    private static string Describe(CallCredentials credentials)
    {
        var describer = new CallDescriber();
        credentials.InternalPopulateConfiguration(describer, State);
        return describer.Text.ToString();
    }

    private sealed class ChannelDescriber : ChannelCredentialsConfiguratorBase
    {
        public string Text { get; private set; } = "";

        public override void SetInsecureCredentials(object state)
        {
            Assert.Same(State, state);
            Text = "insecure";
        }

        public override void SetSslCredentials(
            object state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback)
        {
            Assert.Same(State, state);
            Text = $"ssl({rootCertificates},{keyCertificatePair?.CertificateChain},{verifyPeerCallback is not null})";
        }

        public override void SetCompositeCredentials(
            object state, ChannelCredentials channelCredentials, CallCredentials callCredentials)
        {
            Assert.Same(State, state);
            Text = $"{Describe(channelCredentials)}+{Describe(callCredentials)}";
        }
    }

    private sealed class CallDescriber : CallCredentialsConfiguratorBase
    {
        public StringBuilder Text { get; } = new();

        public override void SetCompositeCredentials(object state, IReadOnlyList<CallCredentials> credentials)
        {
            Assert.Same(State, state);
            Text.Append('[').AppendJoin(' ', credentials.Select(Describe)).Append(']');
        }

        public override void SetAsyncAuthInterceptorCredentials(object state, AsyncAuthInterceptor interceptor)
        {
            Assert.Same(State, state);
            var metadata = new Metadata();
            interceptor(new AuthInterceptorContext("https://host/service", "method"), metadata);
            Text.Append(metadata.GetValue("name"));
        }
    }
}
