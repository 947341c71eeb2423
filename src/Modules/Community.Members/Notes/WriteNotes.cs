using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Writes and deletes staff's notes on a member. A note is not edited: a second one corrects it.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class WriteNotes(SiteDb db, Actors actors, Audit audit, TimeProvider time)
{
    /// <exception cref="Refused">The text is missing or too long, or there is no such member.</exception>
    public async Task Add(Reader actor, long member, string? text, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(member, ct);
        var staff = await actors.Require(actor, MembersPermissions.Notes);
        if (change.Row is null) throw new Refused("staff.member.gone");
        text = text?.Trim().ReplaceLineEndings("\n");
        if (string.IsNullOrEmpty(text)) throw new Refused("staff.notes.missing");
        if (text.Length > MemberNote.MaxTextLength) throw new Refused("staff.notes.long");
        db.MemberNotes.Add(new MemberNote { MemberId = member, AuthorId = staff.Id, At = time.GetUtcNow().UtcDateTime, Text = text });
        audit.Changed("members.note", member, "notes");
        await change.Commit(ct);
    }

    /// <summary>Deletes a note: the author's own, or any by those who may edit members. Idempotent.</summary>
    public async Task Delete(Reader actor, long member, long note, CancellationToken ct)
    {
        await using var change = await db.Change<MemberNote>(note, ct);
        var staff = await actors.Require(actor, MembersPermissions.Notes);
        if (change.Row is not { } row || row.MemberId != member) return;
        if (!row.MayBeDeletedBy(staff)) throw new Denied();
        db.MemberNotes.Remove(row);
        audit.Changed("members.note-deleted", member, "notes");
        await change.Commit(ct);
    }
}
