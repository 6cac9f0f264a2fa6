using System.Text;
using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>What a server knows of the identity of a call's client.</summary>
public class AuthContext
{
    private readonly Dictionary<string, List<AuthProperty>> _properties;

    /// <summary>Creates a context.</summary>
    /// <param name="peerIdentityPropertyName">
    /// The property that is the identity, or null if the client is not authenticated.
    /// </param>
    /// <param name="properties">The properties by name.</param>
    public AuthContext(string? peerIdentityPropertyName, Dictionary<string, List<AuthProperty>> properties)
    {
        PeerIdentityPropertyName = peerIdentityPropertyName;
        _properties = GrpcPreconditions.CheckNotNull(properties, nameof(properties));
    }

    /// <summary>Whether the client is authenticated.</summary>
    public bool IsPeerAuthenticated => PeerIdentityPropertyName is not null;

    /// <summary>The name of the property that is the identity, or null if the client is not authenticated.</summary>
    public string? PeerIdentityPropertyName { get; }

    /// <summary>The properties that are the identity; none if the client is not authenticated.</summary>
    public IEnumerable<AuthProperty> PeerIdentity =>
        PeerIdentityPropertyName is { } name ? FindPropertiesByName(name) : [];

    /// <summary>All properties.</summary>
    public IEnumerable<AuthProperty> Properties => _properties.Values.SelectMany(static list => list);

    /// <summary>The properties of a name.</summary>
    public IEnumerable<AuthProperty> FindPropertiesByName(string propertyName) =>
        _properties.TryGetValue(propertyName, out var found) ? found.AsReadOnly() : [];
}

/// <summary>A property of an <see cref="AuthContext" />.</summary>
public class AuthProperty
{
    private readonly byte[] _valueBytes;
    private string? _value;

    private AuthProperty(string name, byte[] valueBytes)
    {
        Name = GrpcPreconditions.CheckNotNull(name, nameof(name));
        _valueBytes = (byte[])GrpcPreconditions.CheckNotNull(valueBytes, nameof(valueBytes)).Clone();
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The value as UTF-8 text.</summary>
    public string Value => _value ??= Encoding.UTF8.GetString(_valueBytes);

    /// <summary>A copy of the value.</summary>
    public byte[] ValueBytes => (byte[])_valueBytes.Clone();

    /// <summary>Creates a property; the value is copied.</summary>
    public static AuthProperty Create(string name, byte[] valueBytes) => new(name, valueBytes);
}
