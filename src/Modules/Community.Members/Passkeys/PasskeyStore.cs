using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// What Identity's passkey handler asks of a store: members by the id that their passkeys hold, and the passkeys for the host name of
/// this request. Everything else of a store is done elsewhere in this module, and writing too.
/// </summary>
sealed class PasskeyStore(SiteDb db, IHttpContextAccessor http) : IUserPasskeyStore<Member>
{
    string Host => http.HttpContext!.Request.Host.Host;

    /// <summary>The random part of the profile's address: a passkey tells nobody the member's number or address.</summary>
    public Task<string> GetUserIdAsync(Member user, CancellationToken ct) => Task.FromResult(user.Handle);

    public Task<Member?> FindByIdAsync(string userId, CancellationToken ct) => db.Members.FirstOrDefaultAsync(m => m.Handle == userId, ct);

    public async Task<Member?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken ct)
    {
        var members = db.Members;
        return await db.Passkeys
            .Where(p => p.CredentialId == credentialId)
            .Select(p => members.First(m => m.Id == p.MemberId))
            .FirstOrDefaultAsync(ct);
    }

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(Member user, CancellationToken ct)
    {
        var host = Host;
        var rows = await db.Passkeys.AsNoTracking().Where(p => p.MemberId == user.Id && p.Host == host).OrderBy(p => p.Id).ToListAsync(ct);
        return [.. rows.Select(Info)];
    }

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(Member user, byte[] credentialId, CancellationToken ct)
    {
        var host = Host;
        var row = await db
            .Passkeys.AsNoTracking()
            .FirstOrDefaultAsync(p => p.MemberId == user.Id && p.Host == host && p.CredentialId == credentialId, ct);
        return row is null ? null : Info(row);
    }

    static UserPasskeyInfo Info(Passkey row) =>
        new(
            row.CredentialId,
            row.PublicKey,
            new DateTimeOffset(row.AddedAt),
            (uint)row.SignCount,
            row.Transports.Length == 0 ? null : row.Transports.Split(','),
            isUserVerified: true,
            row.IsBackupEligible,
            row.IsBackedUp,
            attestationObject: [],
            clientDataJson: []
        );

    public Task<string?> GetUserNameAsync(Member user, CancellationToken ct) => Task.FromResult(user.UserName);
    public Task<string?> GetNormalizedUserNameAsync(Member user, CancellationToken ct) => Task.FromResult(user.NormalizedUserName);
    public void Dispose() { }

    public Task AddOrUpdatePasskeyAsync(Member user, UserPasskeyInfo passkey, CancellationToken ct) => throw NotHere();
    public Task RemovePasskeyAsync(Member user, byte[] credentialId, CancellationToken ct) => throw NotHere();
    public Task SetUserNameAsync(Member user, string? userName, CancellationToken ct) => throw NotHere();
    public Task SetNormalizedUserNameAsync(Member user, string? normalizedName, CancellationToken ct) => throw NotHere();
    public Task<IdentityResult> CreateAsync(Member user, CancellationToken ct) => throw NotHere();
    public Task<IdentityResult> UpdateAsync(Member user, CancellationToken ct) => throw NotHere();
    public Task<IdentityResult> DeleteAsync(Member user, CancellationToken ct) => throw NotHere();
    public Task<Member?> FindByNameAsync(string normalizedUserName, CancellationToken ct) => throw NotHere();

    static NotSupportedException NotHere() => new("The passkey handler only reads.");
}
