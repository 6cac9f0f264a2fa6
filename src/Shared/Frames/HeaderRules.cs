using System.Buffers;

namespace Tachyon.Frames;

/// <summary>What names and values of headers may contain.</summary>
internal static class HeaderRules
{
    private static readonly SearchValues<char> s_token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> s_controls = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018"
        + "\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f");

    internal static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(s_token);

    /// <summary>Tabs are allowed, other control characters are not.</summary>
    internal static bool IsValue(string value) => !value.AsSpan().ContainsAny(s_controls);
}
