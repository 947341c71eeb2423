using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Who sees an attachment: whoever may read the post that it belongs to, as the database has it now, while the post's text refers to it.
/// What only earlier versions show, or a post that is hidden or deleted, is for its author and for moderators; what no post has yet, for
/// its owner.
/// </summary>
public static class AttachmentRights
{
    public static IQueryable<Attachment> VisibleTo(this IQueryable<Attachment> attachments, SiteDb db, Reader reader)
    {
        var me = reader.Id ?? 0;
        var posts = db.Posts.VisibleTo(reader);
        var moderated = posts.ModeratedBy(reader, p => p.BoardId);
        if (reader.Moderates()) return attachments.Where(a => a.PostId == null ? a.OwnerId == me : posts.Any(p => p.Id == a.PostId));
        return attachments.Where(a => a.PostId == null
            ? a.OwnerId == me
            : posts.Any(p =>
                p.Id == a.PostId
                && (p.AuthorId == me || (p.HiddenAt == null && p.DeletedAt == null && p.Text.Contains(a.Key))))
                || moderated.Any(p => p.Id == a.PostId));
    }

    /// <summary>
    /// Attachments to which a post, an earlier version of it, or a draft of their owner refers: the others go after some days.
    /// </summary>
    public static IQueryable<Attachment> InUse(this IQueryable<Attachment> attachments, SiteDb db)
    {
        var (posts, versions, queue, drafts) = (db.Posts, db.PostVersions, db.QueueEntries, db.Drafts);
        return attachments.Where(a =>
            posts.Any(p => p.Id == a.PostId && p.Text.Contains(a.Key))
            || versions.Any(v => v.PostId == a.PostId && v.Text.Contains(a.Key))
            || queue.Any(q => q.PostId == a.PostId && q.Text!.Contains(a.Key))
            || drafts.Any(d => d.MemberId == a.OwnerId && d.Text.Contains(a.Key)));
    }

    /// <summary>
    /// Which contents the boards use: of attachments in use, and pictures of the site that a post shows by their address.
    /// </summary>
    internal static async Task<IReadOnlyCollection<string>> FilesInUse(
        SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var attached = await db.Attachments
            .Where(a => hashes.Contains(a.Hash) || (a.SmallHash != null && hashes.Contains(a.SmallHash)))
            .InUse(db)
            .Select(a => new { a.Hash, a.SmallHash })
            .ToListAsync(ct);
        var used = attached.SelectMany(a => new[] { a.Hash, a.SmallHash }).OfType<string>().ToHashSet();
        var ofSite = await db
            .Files.Where(f => hashes.Contains(f.Hash) && (f.Purpose == FilePurpose.Logo || f.Purpose == FilePurpose.Avatar))
            .Select(f => f.Hash)
            .Distinct()
            .ToListAsync(ct);
        foreach (var hash in ofSite)
            if (await db.Posts.AnyAsync(p => p.Text.Contains("/files/" + hash), ct)) used.Add(hash);
        return used;
    }
}
