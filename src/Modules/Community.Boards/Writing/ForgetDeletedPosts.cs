using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Deletes the text of posts that their authors deleted long ago. Until then moderators may still need it.</summary>
public sealed class ForgetDeletedPosts(SiteDb db, Settings<BoardsSettings> settings, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).DeletedPostsKept;
        var posts = db.Posts;
        var deleted = await db
            .PostVersions.Where(v => posts.Any(p => p.Id == v.PostId && p.DeletedAt < before))
            .OrderBy(v => v.Id)
            .DeleteAll(ct);
        await RetentionRun.Leave(db, "boards.deleted-posts", deleted, ct);
    }
}
