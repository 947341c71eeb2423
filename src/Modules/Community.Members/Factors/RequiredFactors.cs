using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;

namespace Community.Members;

/// <summary>
/// Whose sessions need a second factor: the roles that the site chose, and on the operator's console everybody, except in development.
/// Whoever has a permission for single things, as a moderator of one board, needs what moderators need, whatever their role is.
/// </summary>
public sealed class RequiredFactors(Settings<SignInSettings> settings, SiteDb db, IHostEnvironment environment)
{
    /// <summary>The name under which what the site's own roles need is kept in memory (<see cref="SiteDb.Cached"/>).</summary>
    public const string Version = "@role-factors";

    public async ValueTask<bool> Of(string? role, CancellationToken ct = default)
    {
        if (role is null) return false;
        if (db.Site.IsConsole) return !environment.IsDevelopment();
        return StaffRole.IsOwnKey(role) && (await db.Cached(Version, Load, ct)).TryGetValue(role, out var needed)
            ? needed
            : (await settings.Get(ct)).NeedSecondFactor(role);
    }

    /// <summary>Whether the session's member needs one.</summary>
    public async ValueTask<bool> Of(SignedIn session, CancellationToken ct = default) =>
        await Of(session.Role, ct) || (session.ModeratesSingle && await Of(Roles.Moderator, ct));

    /// <summary>Whether the member needs one, as the database has them now.</summary>
    public async ValueTask<bool> Of(Member member, CancellationToken ct = default) =>
        await Of(member.Role, ct)
        || (!db.Site.IsConsole && await Of(Roles.Moderator, ct) && await db.MemberPermissions.AnyAsync(p => p.MemberId == member.Id, ct));

    static Task<Dictionary<string, bool>> Load(SiteDb db, CancellationToken ct) =>
        db.StaffRoles.AsNoTracking().Where(r => r.NeedsSecondFactor != null)
            .ToDictionaryAsync(r => r.Key, r => r.NeedsSecondFactor!.Value, ct);
}
