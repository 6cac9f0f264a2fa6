using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Gives Kestrel the addresses of the other providers in the spelling that it reads. It keeps no values: after a reload it answers from
/// what the others have then.
/// </summary>
internal sealed class KestrelUrlProvider : ConfigurationProvider, IConfigurationSource
{
    private IConfigurationRoot? _root;
    private string _endpoints = "";

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new KestrelUrlProvider();

    /// <param name="root">The configuration that this provider is a part of.</param>
    /// <param name="endpoints">The section of Kestrel's endpoints.</param>
    internal void Attach(IConfigurationRoot root, string endpoints)
    {
        _endpoints = endpoints;
        Volatile.Write(ref _root, root);
    }

    public override bool TryGet(string key, out string? value)
    {
        value = Volatile.Read(ref _root) is { } root && IsUrl(key) && ValueOfOthers(root, key) is { } urls ? Translate(urls) : null;
        return value is not null;
    }

    // A setter of the configuration sets the value in every provider.
    public override void Set(string key, string? value)
    {
    }

    private static string? Translate(string urls)
    {
        try
        {
            var parts = urls.Split(';');
            string?[] translated = [.. parts.Select(static part => KestrelUrl.Translate(part.Trim()))];
            return translated.All(static part => part is null)
                ? null : string.Join(';', translated.Zip(parts, static (own, original) => own ?? original));
        }
        catch (ArgumentException)
        {
            // The start of the server checks every address, and says what is wrong.
            return null;
        }
    }

    private bool IsUrl(string key)
    {
        if (key.Equals(WebHostDefaults.ServerUrlsKey, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return key.Length > _endpoints.Length
            && key.StartsWith(_endpoints, StringComparison.OrdinalIgnoreCase)
            && key[_endpoints.Length..].Split(ConfigurationPath.KeyDelimiter) is ["", _, var name]
            && name.Equals("Url", StringComparison.OrdinalIgnoreCase);
    }

    private string? ValueOfOthers(IConfigurationRoot root, string key)
    {
        foreach (var provider in root.Providers.Reverse())
        {
            if (provider != this && provider.TryGet(key, out var value))
            {
                return value;
            }
        }

        return null;
    }
}
