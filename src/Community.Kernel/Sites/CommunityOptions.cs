using System.Net;

namespace Community.Kernel;

/// <summary>
/// Settings of the installation, section <c>Community</c>. Modules read more settings from the same section into their own options.
/// </summary>
public sealed class CommunityOptions
{
    /// <summary>Folder of the catalogue, the sites' databases and their files.</summary>
    public string Data { get; set; } = "App_Data";
    /// <summary>PostgreSQL connection string of the catalogue; empty for SQLite files below <see cref="Data"/>.</summary>
    public string Database { get; set; } = "";
    /// <summary>SMTP relay as a URI: <c>smtp://user:password@host:587</c>.</summary>
    public string Relay { get; set; } = "";
    /// <summary>
    /// The address to whose variants (<c>reply+TOKEN@…</c>) members answer notices; <c>{host}</c> is the site's host name, <c>{site}</c>
    /// its key. Empty if no answers by mail are taken.
    /// </summary>
    public string ReplyAddress { get; set; } = "";
    /// <summary>Name of this node: stable over restarts, different on each server.</summary>
    public string Node { get; set; } = "node-1";
    /// <summary>Scheme of links in mail.</summary>
    public string PublicScheme { get; set; } = "https";
    /// <summary>Port of links in mail; 0 for the scheme's own.</summary>
    public int PublicPort { get; set; }
    /// <summary>Addresses or networks (CIDR) of trusted proxies, whose forwarded headers are used.</summary>
    public string[] Proxies { get; set; } = [];
    /// <summary>Multiplies every rate limit, for tests and rehearsals that simulate many members from one machine.</summary>
    public int RateScale { get; set; } = 1;
    /// <summary>Most megabytes of files that one site may store.</summary>
    public int SiteFilesMegabytes { get; set; } = 2000;

    /// <summary><see cref="Proxies"/> as networks; a single address is a network of one.</summary>
    /// <exception cref="FormatException">One of them is neither an address nor a network.</exception>
    public IEnumerable<IPNetwork> ProxyNetworks =>
        Proxies.Select(p =>
            IPAddress.TryParse(p, out var address)
                ? new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
                : IPNetwork.Parse(p)
        );

    public bool UsesPostgreSql => Database.Length > 0;
    public string DatabaseKind => UsesPostgreSql ? "PostgreSQL" : "SQLite";

    public string UrlOf(Site site, string path) =>
        $"{PublicScheme}://{site.CanonicalHost}{(PublicPort == 0 ? "" : ":" + PublicPort)}{path}";
}
