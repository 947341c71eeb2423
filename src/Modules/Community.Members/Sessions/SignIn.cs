using System.Net;
using System.Text.Json;
using Community.Kernel;

namespace Community.Members;

/// <summary>One attempt to sign in to a member's account; shown to the member.</summary>
public sealed class SignIn
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    public DateTime At { get; set; }
    /// <summary>Only the network: /24 for IPv4, /48 for IPv6.</summary>
    public string Network { get; set; } = "";
    /// <summary>Browser and system in a few words.</summary>
    public string Agent { get; set; } = "";
    public bool Succeeded { get; set; }
    /// <summary>What was tried.</summary>
    public SignInMethod Method { get; set; }
    /// <summary>The first step was right, the second has not been done. It counts neither as a success nor as a failure.</summary>
    public bool IsHalf { get; set; }

    /// <summary>The key of the text that names a way to sign in.</summary>
    public static string ByText(SignInMethod method) =>
        "members.sign-ins.by." + JsonNamingPolicy.KebabCaseLower.ConvertName(method.ToString());

    /// <inheritdoc cref="NetworkAddress.Of"/>
    public static string NetworkOf(IPAddress? address) => NetworkAddress.Of(address);

    /// <summary>The network as shown to a reader; empty for loopback addresses, which say nothing.</summary>
    public static string Told(string network) =>
        network.StartsWith("::", StringComparison.Ordinal) || network.StartsWith("127.", StringComparison.Ordinal) ? "" : network;

    /// <summary>"Firefox, Windows" from a User-Agent header; the header itself would reveal far more than is needed.</summary>
    public static string AgentOf(string header)
    {
        var browser = First(
            header,
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS", "Firefox"),
            ("Chrome/", "Chrome"),
            ("CriOS", "Chrome"),
            ("Safari/", "Safari")
        );
        var system = First(
            header,
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux")
        );
        return string.Join(", ", new[] { browser, system }.OfType<string>());
    }

    static string? First(string header, params (string Mark, string Name)[] marks) =>
        marks.FirstOrDefault(m => header.Contains(m.Mark, StringComparison.Ordinal)).Name;
}
