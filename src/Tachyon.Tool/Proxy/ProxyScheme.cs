namespace Tachyon.Tool.Proxy;

/// <summary>How bytes travel on one side of the proxy.</summary>
internal enum ProxyScheme
{
    Tcp,
    Unix,
    Tachyon,
}
