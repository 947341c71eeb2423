using System.Net;
using System.Net.Sockets;

namespace Community.Kernel;

/// <summary>Whom limits by network count as one.</summary>
public static class Subscriber
{
    /// <summary>
    /// An IPv4 address, or the 64 bits of an IPv6 network in which its subscriber chooses addresses as he likes; empty for none.
    /// </summary>
    public static string Of(IPAddress? address)
    {
        if (address is null)
            return "";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
