using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What moderators see of a member: what happened on the boards that they moderate. No address, no attribute.</summary>
/// <param name="Posts">Posts that are published.</param>
/// <param name="Topics">Topics that the member started.</param>
/// <param name="Hidden">Posts that moderators have hidden or refused.</param>
/// <param name="Deleted">Posts that the member has deleted.</param>
/// <param name="Waiting">Posts that wait in the queue.</param>
/// <param name="About">Reports about the member's posts.</param>
/// <param name="AboutUpheld">Of these, how many led to an act.</param>
/// <param name="By">Reports that the member made.</param>
/// <param name="ByUpheld">Of these, how many led to an act.</param>
public sealed record Dossier(
    int Posts, int Topics, int Hidden, int Deleted, int Waiting, int About, int AboutUpheld, int By, int ByUpheld)
{
    /// <summary>
    /// The member, if the reader may look: whoever moderates all boards sees every member, others those who have written on their boards.
    /// </summary>
    public static async Task<Member?> Of(SiteDb db, Reader reader, long id, CancellationToken ct = default)
    {
        if (!reader.Moderates() && !await db.Posts.Where(p => p.AuthorId == id).ModeratedBy(reader, p => p.BoardId).AnyAsync(ct))
            return null;
        return await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id, ct);
    }

    public static async Task<Dossier> Read(SiteDb db, Reader reader, long id, CancellationToken ct = default)
    {
        var posts = await db.Posts.Where(p => p.AuthorId == id).ModeratedBy(reader, p => p.BoardId).GroupBy(p => 1).Select(g => new
        {
            Posts = g.Count(p => p.HiddenAt == null && p.DeletedAt == null),
            Topics = g.Count(p => p.Number == 1 && p.HiddenAt == null && p.DeletedAt == null),
            Hidden = g.Count(p => p.HiddenAt != null && p.DeletedAt == null && p.Withheld != Withheld.Waiting),
            Deleted = g.Count(p => p.DeletedAt != null),
            Waiting = g.Count(p => p.Withheld == Withheld.Waiting && p.DeletedAt == null),
        }).FirstOrDefaultAsync(ct);
        var reports = await db.Reports.Where(r => r.Post.AuthorId == id || r.ReporterId == id).ModeratedBy(reader, r => r.Post.BoardId)
            .GroupBy(r => 1).Select(g => new
            {
                About = g.Count(r => r.Post.AuthorId == id),
                AboutUpheld = g.Count(r => r.Post.AuthorId == id && r.ClosedAt != null && r.ClosedAs != ModerationAct.DismissReport),
                By = g.Count(r => r.ReporterId == id),
                ByUpheld = g.Count(r => r.ReporterId == id && r.ClosedAt != null && r.ClosedAs != ModerationAct.DismissReport),
            }).FirstOrDefaultAsync(ct);
        return new(posts?.Posts ?? 0, posts?.Topics ?? 0, posts?.Hidden ?? 0, posts?.Deleted ?? 0, posts?.Waiting ?? 0,
            reports?.About ?? 0, reports?.AboutUpheld ?? 0, reports?.By ?? 0, reports?.ByUpheld ?? 0);
    }
}
