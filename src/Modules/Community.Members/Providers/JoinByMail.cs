using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Somebody came by a provider's account that no member has, and the provider has proved an address that a member has: an e-mail goes
/// there. Its link joins the two when the member is signed in and presses the button, also in another browser. The sender is told the same
/// whether there is such a member or not.
/// </summary>
public sealed class JoinByMail(SiteDb db, MailLinks links, MemberMails mails, MailRateLimit pace, ConnectProvider connect)
{
    public Task Send(ProviderIdentity identity, Provider provider, CancellationToken ct = default) =>
        ConstantTime.Run(async () =>
        {
            if (identity is not { EmailProved: true, Email: { } email }) return;
            await using var change = await db.Change(ct);
            var member = await db.Members.OfAddress(email, ct);
            if (member is not { State: MemberState.Active } || !await pace.Take(member.Id, ct)) return;
            mails.JoinProvider(member, provider, JsonSerializer.Serialize(identity));
            await change.Commit(ct);
        }, ct);

    /// <summary>Whose link it is, and what it joins; null if it is void. Opening it changes nothing.</summary>
    public async Task<(Member Member, ProviderIdentity Identity, Provider Provider)?> Of(string? token, CancellationToken ct = default) =>
        await links.Open(MailLinkPurpose.JoinProvider, token, ct) is { Member: var member, Extra: { } extra }
        && JsonSerializer.Deserialize<ProviderIdentity>(extra) is { } identity
        && await db.Providers.AsNoTracking().FirstOrDefaultAsync(p => p.Id == identity.ProviderId && p.IsOn, ct) is { } provider
            ? (member, identity, provider)
            : null;

    /// <summary>Joins them. False if the link is void, or another member's than the actor.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    /// <exception cref="Refused">The account is another member's by now.</exception>
    public async Task<bool> Join(Reader actor, string? token, CancellationToken ct = default)
    {
        if (await Of(token, ct) is not var (member, identity, _) || !actor.Is(member.Id)) return false;
        db.ChangeTracker.Clear();
        await connect.Connect(actor, identity, ct);
        return true;
    }
}
