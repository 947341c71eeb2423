using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Makes and ends invitations.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class Invitations(SiteDb db, Actors actors, Audit audit, MemberMails mails, IStringLocalizer texts, AddressHashes hashes)
{
    /// <summary>Addresses in one list. More come with an import of members.</summary>
    public const int MaxAddresses = 500;
    public static readonly IReadOnlyList<int> Days = [1, 7, 30, 90, 365];

    /// <summary>What became of a list of addresses.</summary>
    /// <param name="Sent">How many were invited.</param>
    /// <param name="Members">Those that belong to members already.</param>
    /// <param name="Waiting">Those that have an open invitation already.</param>
    /// <param name="Wrong">Lines that are no addresses, with their numbers.</param>
    public sealed record Listed(
        int Sent,
        IReadOnlyList<string> Members,
        IReadOnlyList<string> Waiting,
        IReadOnlyList<(int Line, string Text)> Wrong
    );

    /// <returns>The invitation; null if there is something wrong.</returns>
    public async Task<Invitation?> Make(Reader actor, string label, int days, int uses, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        problems.Name("Label", label, texts, "invitations.label.missing");
        problems.Limit("Label", label, Invitation.MaxLabelLength, texts);
        if (uses is < 1 or > Invitation.MaxUsesLimit) problems.Add("Uses", texts["settings.problem.number", 1, Invitation.MaxUsesLimit]);
        if (!Days.Contains(days)) problems.Add("Days", texts["invitations.days.missing"]);
        if (problems.Any) return null;
        var invitation = New(Naming.Kept(label), days, uses, staff);
        db.Invitations.Add(invitation);
        audit.Did("members.invite", invitation.Label);
        await change.Commit(ct);
        return invitation;
    }

    /// <summary>Invites each address of a list by an e-mail with a link that only this address can use.</summary>
    /// <returns>What became of the lines; null if there is something wrong with all of it.</returns>
    public async Task<Listed?> Send(Reader actor, string label, string list, int days, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        problems.Name("Label", label, texts, "invitations.label.missing");
        problems.Limit("Label", label, Invitation.MaxLabelLength, texts);
        if (!Days.Contains(days))
            problems.Add("Days", texts["invitations.days.missing"]);
        var lines = list.ReplaceLineEndings("\n")
            .Split('\n')
            .Index()
            .Select(l => (Line: l.Index + 1, Text: l.Item.Trim().Trim('\uFEFF', ',', ';')))
            .Where(l => l.Text.Length > 0)
            .ToList();
        if (lines.Count == 0)
            problems.Add("List", texts["invitations.list.missing"]);
        else if (lines.Count > MaxAddresses)
            problems.Add("List", texts["invitations.list.long", MaxAddresses, lines.Count]);
        if (problems.Any)
            return null;
        var wrong = new List<(int, string)>();
        var addresses = new Dictionary<string, EmailAddress>();
        foreach (var (line, text) in lines)
            if (EmailAddress.TryParse(text, out var address)) addresses.TryAdd(address.Normal, address);
            else wrong.Add((line, text));
        var now = db.Now;
        var normals = addresses.Keys.ToList();
        var members = (
            await db.Members.Where(m => normals.Contains(m.NormalizedEmail!)).Select(m => m.NormalizedEmail!).ToListAsync(ct)
        ).ToHashSet();
        var waiting = (
            await db
                .Invitations.Where(i => normals.Contains(i.Email!) && i.EndedAt == null && i.Until > now && i.Uses < i.MaxUses)
                .Select(i => i.Email!)
                .ToListAsync(ct)
        ).ToHashSet();
        var sent = 0;
        foreach (var (normal, address) in addresses.Where(a => !members.Contains(a.Key) && !waiting.Contains(a.Key)))
        {
            // Who wants no mail of the site is invited to it by nobody.
            var hash = await hashes.Of(address, ct);
            if (await db.SuppressedNow.AnyAsync(s => s.AddressHash == hash, ct)) continue;
            var invitation = New(Naming.Kept(label), days, 1, staff);
            invitation.Email = normal;
            db.Invitations.Add(invitation);
            mails.Invited(address.Text, invitation);
            sent++;
        }
        if (sent > 0) audit.Did("members.invite-list", Naming.Kept(label), [new("invitations", To: sent.ToString())]);
        await change.Commit(ct);
        return new(sent, [.. members], [.. waiting], wrong);
    }

    Invitation New(string label, int days, int uses, Reader staff) =>
        new()
        {
            Code = Invitation.NewCode(),
            Label = label,
            CreatedBy = staff.Id!.Value,
            CreatedAt = db.Now,
            Until = db.Now.AddDays(days),
            MaxUses = uses,
        };

    /// <summary>Ends an invitation. Who has registered by it and not yet confirmed waits for approval. Idempotent.</summary>
    public async Task End(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<Invitation>(id, ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { EndedAt: null } invitation) return;
        (invitation.EndedAt, invitation.Email) = (db.Now, null);
        audit.Did("members.invite-end", invitation.Label);
        await change.Commit(ct);
    }
}

/// <summary>Deletes the addresses of invitations that nobody can use any more: they belong to people who did not come.</summary>
public sealed class ForgetInvitations(SiteDb db) : IHandle<Tick>
{
    public const string Rule = "members.invitations";

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var now = db.Now;
        var cleared = await db.Invitations.Where(i => i.Email != null && (i.EndedAt != null || i.Until <= now || i.Uses >= i.MaxUses))
            .ExecuteUpdateAsync(s => s.SetProperty(i => i.Email, (string?)null), ct);
        await RetentionRun.Leave(db, Rule, cleared, ct);
    }
}
