using System.Net;
using System.Net.Sockets;

namespace Community.Kernel;

/// <summary>Identifies the client that limits by network count as one.</summary>
public static class Subscriber
{
    /// <summary>
    /// The IPv4 address, or the /64 prefix of an IPv6 address, within which a subscriber chooses addresses freely; empty for none.
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
