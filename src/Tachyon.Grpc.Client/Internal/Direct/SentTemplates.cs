using System.Runtime.CompilerServices;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The templates that a connection has sent to its server. Used with the lock of the connection.</summary>
internal sealed class SentTemplates
{
    // Beyond these a request carries its path itself.
    private const int MaxTemplates = 256;
    private const int MaxTemplateBytes = 32 * 1024;

    // Those of unary calls come on top. Beyond these such a call is an HTTP request. The server takes 1,024 templates and 64 KiB.
    private const int MaxUnaryTemplateBytes = 16 * 1024;

    private readonly Dictionary<Uri, SentTemplate> _ofAddress = new(ByReference.Instance);
    private readonly Dictionary<(HttpMethod Method, string Authority), SentTemplate> _ofAnyPath = [];
    private readonly Dictionary<string, SentTemplate> _ofUnary = [];
    private SentTemplate? _model;
    private int _bytes;
    private int _unaryBytes;
    private ushort _last;

    /// <summary>The server ends a connection with more.</summary>
    internal bool AreFull => _ofAnyPath.Count == MaxTemplates;

    /// <summary>The template of a request: one for each address and method, as long as these are few.</summary>
    internal SentTemplate Of(HttpRequestMessage request)
    {
        if (_ofAddress.TryGetValue(request.RequestUri!, out var template) && template.Method == request.Method)
        {
            return template;
        }

        if (_ofAddress.Count < MaxTemplates && _bytes < MaxTemplateBytes && SentTemplate.IsGrpc(request))
        {
            template = _ofAddress[request.RequestUri!] = SentTemplate.Of(request, ++_last);
            _bytes += template.Definition.Length;
            _model ??= template.IsModel ? template : null;
            return template;
        }

        // Requests of other kinds have addresses without end.
        var key = (request.Method, request.Headers.Host ?? request.RequestUri!.Authority);
        if (!_ofAnyPath.TryGetValue(key, out template))
        {
            template = _ofAnyPath[key] = SentTemplate.OfAnyPath(request, ++_last);
        }

        return template;
    }

    /// <returns>Null where there is no room, or no request has shown yet what the constant headers of gRPC are.</returns>
    internal SentTemplate? OfUnary(string path)
    {
        if (_ofUnary.TryGetValue(path, out var template))
        {
            return template;
        }

        if (_model is null || _ofUnary.Count == MaxTemplates || _unaryBytes + path.Length > MaxUnaryTemplateBytes
            || !SentTemplate.IsPlain(path))
        {
            return null;
        }

        template = _ofUnary[path] = _model.ForUnary(path, ++_last);
        _unaryBytes += template.Definition.Length;
        return template;
    }

    /// <summary>Grpc.Net.Client keeps one address for each method; comparing its parts would cost more than sending them.</summary>
    private sealed class ByReference : IEqualityComparer<Uri>
    {
        internal static readonly ByReference Instance = new();

        public bool Equals(Uri? x, Uri? y) => ReferenceEquals(x, y);

        public int GetHashCode(Uri obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
