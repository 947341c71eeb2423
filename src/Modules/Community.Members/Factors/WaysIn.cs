using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>How a member can come in without an e-mail: nobody removes the last way.</summary>
public sealed class WaysIn(SiteDb db, IHttpContextAccessor http)
{
    public const string Last = "members.security.refused.last";

    /// <summary>The host name on which this site's passkeys answer.</summary>
    public string Host => http.HttpContext?.Request.Host.Host ?? db.Site.CanonicalHost;

    /// <summary>Passkeys that answer on this host name; those of a name that the site had before do not.</summary>
    public IQueryable<Passkey> Passkeys(long member)
    {
        var host = Host;
        return db.Passkeys.Where(p => p.MemberId == member && p.Host == host);
    }

    /// <summary>Whether anything is left by which the member can sign in.</summary>
    public async Task<bool> Any(Member member, CancellationToken ct) =>
        member.PasswordHash is not null
        || await Passkeys(member.Id).AnyAsync(ct)
        || await db.ProviderAccounts.AnyAsync(a => a.MemberId == member.Id && a.Provider.IsOn, ct);
}
