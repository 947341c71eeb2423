using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Asks for the password again before what cannot be taken back, or shows all data at once.</summary>
public sealed class OwnPassword(SiteDb db, SignIns signIns)
{
    public async Task<bool> Is(long member, string? typed, CancellationToken ct = default) =>
        typed is { Length: > 0 and <= PasswordRules.MaxLength }
        && await db.Members.FirstOrDefaultAsync(m => m.Id == member, ct) is { } found
        && await signIns.Knows(found, new(SignInMethod.Password, typed), ct);
}
