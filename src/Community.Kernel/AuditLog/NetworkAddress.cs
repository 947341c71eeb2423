using System.Net;
using System.Net.Sockets;

namespace Community.Kernel;

/// <summary>The network of an address: enough to see that it was another one, too little to find a person.</summary>
public static class NetworkAddress
{
    /// <summary>/24 for IPv4, /48 for IPv6; empty for none.</summary>
    public static string Of(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        var kept = address.AddressFamily == AddressFamily.InterNetwork ? 3 : 6;
        Array.Clear(bytes, kept, bytes.Length - kept);
        return $"{new IPAddress(bytes)}/{kept * 8}";
    }
}
