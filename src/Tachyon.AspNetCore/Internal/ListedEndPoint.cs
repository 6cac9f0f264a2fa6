using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// An endpoint as Kestrel prints it and lists it in IServerAddressesFeature, with "http://" in front: <c>unix:/run/app.sock?tachyon</c>,
/// the one spelling that Kestrel reads itself, and BindingAddress.Parse, which middleware calls for every listed address
/// (docs/adr/0019-one-spelling-of-an-address.md).
/// </summary>
internal sealed class ListedEndPoint(TachyonEndPoint endPoint) : EndPoint
{
    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override string ToString() => new TachyonAddress(IsSharedMemory: true, endPoint.Path).ToKestrelAddress();

    public override bool Equals(object? obj) => obj is ListedEndPoint other && other.ToString() == ToString();

    public override int GetHashCode() => endPoint.GetHashCode();
}
