using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>A consent that a member gave on paper, as staff type it in.</summary>
/// <param name="Kind">The kind of mail.</param>
/// <param name="SignedOn">The day on which the paper was signed.</param>
/// <param name="Place">Where it was signed, and where it is kept.</param>
/// <param name="Text">The words on the paper.</param>
/// <param name="Scan">A picture of it; null for none.</param>
public sealed record PaperConsent(long? Kind, DateOnly? SignedOn, string Place, string Text, Stream? Scan = null);

/// <summary>Records consent given on paper, with its proof.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class RecordPaper(SiteDb db, Actors actors, Audit audit, Consents consents, Files files, IStringLocalizer texts)
{
    public const int MaxPlaceLength = 200, MaxTextLength = 1000;

    /// <returns>False if there is no such member, or <paramref name="problems"/> say what is wrong.</returns>
    public async Task<bool> Of(Reader actor, long member, PaperConsent paper, Problems problems, CancellationToken ct = default)
    {
        // Checked before the picture is examined too: developing it is dear.
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        Check(paper, problems);
        if (problems.Any) return false;
        var picture = paper.Scan is null ? null : await Take(paper.Scan, staff.Id!.Value, problems, ct);
        if (problems.Any) return false;
        await using var change = await db.Change<Member>(member, ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { } row) return false;
        if (await db.MailKinds.FirstOrDefaultAsync(k => k.Id == paper.Kind && k.EndedAt == null, ct) is not { } kind)
            problems.Add("Kind", texts["staff.paper.kind.missing"]);
        // What a person decided later counts: an older paper brings back no mail that was stopped since.
        else if (await LaterStop(member, kind.Id, paper.SignedOn!.Value, ct) is { } stopped)
            problems.Add("SignedOn", texts["staff.paper.stopped", stopped.ToString("D")]);
        else if (row.Consents.Any(c => c.KindId == kind.Id && c.Granted)
            || await db.ConsentStates.AnyAsync(c => c.MemberId == member && c.KindId == kind.Id && c.Granted, ct))
            problems.Add("Kind", texts["staff.paper.known"]);
        else
        {
            var proof = new ConsentProof
            {
                MemberId = member,
                SignedOn = paper.SignedOn,
                Place = Naming.Kept(paper.Place),
                Scan = picture is null ? null : "",
            };
            await consents.OnPaper(member, kind.Id, Naming.ReadLines(paper.Text).Text, staff.Id!.Value, proof);
            audit.Changed("members.consent-paper", member, "consents");
            if (picture is null) await change.Commit(ct);
            else
                await files.Keep(picture, FilePurpose.Evidence, staff.Id!.Value, async file =>
                {
                    proof.Scan = file.Name;
                    await change.Commit(ct);
                }, ct);
            return true;
        }
        return false;
    }

    void Check(PaperConsent paper, Problems problems)
    {
        if (paper.Kind is null) problems.Add("Kind", texts["staff.paper.kind.missing"]);
        if (paper.SignedOn is not { } day) problems.Add("SignedOn", texts["staff.paper.day.missing"]);
        else if (day > Today) problems.Add("SignedOn", texts["staff.paper.day.future"]);
        problems.Name("Place", paper.Place, texts, "staff.paper.place.missing");
        problems.Limit("Place", paper.Place, MaxPlaceLength, texts);
        if (string.IsNullOrWhiteSpace(paper.Text)) problems.Add("Text", texts["staff.paper.text.missing"]);
        problems.Lines("Text", paper.Text, texts);
        problems.Limit("Text", paper.Text, MaxTextLength, texts);
    }

    async Task<Picture?> Take(Stream scan, long by, Problems problems, CancellationToken ct)
    {
        try { return await files.Take(scan, FilePurpose.Evidence, by, ct); }
        catch (FileRefused refused)
        {
            problems.Add("Scan", texts[refused.Text, refused.Arguments]);
            return null;
        }
    }

    async Task<DateOnly?> LaterStop(long member, long kind, DateOnly signed, CancellationToken ct)
    {
        var last = await db.ConsentEvents
            .Where(e => e.MemberId == member && (e.KindId == kind || e.KindId == null) && e.Action != ConsentAction.Grant)
            .OrderByDescending(e => e.Id)
            .Select(e => (DateTime?)e.At)
            .FirstOrDefaultAsync(ct);
        return last is { } at && DateOnly.FromDateTime(db.Site.ToLocal(at)) is var day && day > signed ? day : null;
    }

    DateOnly Today => DateOnly.FromDateTime(db.Site.ToLocal(db.Now));
}
