using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>"It was not me": the link in the e-mail about a sign-in from a new device ends all sessions of the member.</summary>
public sealed class EndSessions(SiteDb db, MailLinks links)
{
    /// <summary>Whether the link still does something: it is void once it was used, or the password was changed.</summary>
    public async Task<bool> IsOpen(string? token, CancellationToken ct = default) =>
        await links.Open(MailLinkPurpose.EndSessions, token, ct) is not null;

    /// <summary>Ends all sessions; the browsers in which they were are known no more. False if the link is void.</summary>
    public async Task<bool> ByLink(string? token, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.EndSessions, token, ct) is not { Member: var member }) return false;
        await using var change = await db.Change(ct);
        member.EndSessions();
        await db.Sessions.Where(s => s.MemberId == member.Id).ExecuteDeleteAsync(ct);
        await db.KnownDevices.Where(d => d.MemberId == member.Id).ExecuteDeleteAsync(ct);
        try { await change.Commit(ct); }
        catch (DbUpdateConcurrencyException) { return false; }
        return true;
    }
}
