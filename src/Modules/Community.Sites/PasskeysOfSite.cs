using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary>
/// How many members have passkeys for a site's present host name. A passkey answers on its own host name alone, so all of them end with
/// another canonical one; this is said before it is changed.
/// </summary>
public sealed class PasskeysOfSite(SiteScopes scopes)
{
    /// <param name="Members">Members with a passkey.</param>
    /// <param name="WithoutPassword">Those among them who have no password: they come in by an e-mail for a forgotten one.</param>
    public sealed record Count(int Members, int WithoutPassword);

    public Task<Count> Of(Site site, CancellationToken ct = default) => scopes.Run(site, async services =>
    {
        var db = services.GetRequiredService<SiteDb>();
        var passkeys = db.Passkeys.Where(p => p.Host == site.CanonicalHost);
        var members = db.Members.Where(m => passkeys.Any(p => p.MemberId == m.Id));
        return new Count(await members.CountAsync(ct), await members.CountAsync(m => m.PasswordHash == null, ct));
    });
}
