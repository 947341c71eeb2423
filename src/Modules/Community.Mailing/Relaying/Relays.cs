using System.Collections.Concurrent;
using System.Net;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>The way of a site's direct mail: its own relay, or the installation's.</summary>
public sealed class Relays(MailTransport installation, IOptions<MailingOptions> options, ILogger<RelayTransport> logger) : IDisposable
{
    readonly ConcurrentDictionary<long, (int Rev, RelayTransport Transport)> own = new();

    public MailTransport Of(Site site, OwnRelay? relay)
    {
        if (relay is null) return installation;
        if (own.TryGetValue(site.Id, out var kept) && kept.Rev == relay.Rev) return kept.Transport;
        // Messages on their way keep the old one; its idle connections are closed.
        if (own.TryRemove(site.Id, out var old)) old.Transport.Dispose();
        return own.GetOrAdd(site.Id, _ => (relay.Rev, New(relay))).Transport;
    }

    /// <summary>A connection of its own, for a trial.</summary>
    public RelayTransport New(OwnRelay relay) => new(relay.Relay, logger, MayConnect);

    /// <summary>An administrator of a site must not reach what stands in the server's own network.</summary>
    bool MayConnect(IPAddress address) => options.Value.RelaysInPrivateNetworks || PublicAddress.Is(address);

    public void Dispose()
    {
        foreach (var kept in own.Values) kept.Transport.Dispose();
    }
}
