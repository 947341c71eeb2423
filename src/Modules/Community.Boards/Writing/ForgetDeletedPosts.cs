using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Deletes the words of posts that their authors deleted long ago: until then moderators may have to look at them.</summary>
public sealed class ForgetDeletedPosts(SiteDb db, Settings<BoardsSettings> settings, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).DeletedPostsKept;
        var posts = db.Posts;
        await db.PostVersions.Where(v => posts.Any(p => p.Id == v.PostId && p.DeletedAt < before)).OrderBy(v => v.Id).DeleteAll(ct);
    }
}
