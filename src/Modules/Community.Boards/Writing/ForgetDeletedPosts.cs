using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Boards;

/// <summary>Deletes the words of posts that their authors deleted long ago: until then moderators may have to look at them.</summary>
public sealed class ForgetDeletedPosts(SiteDb db, IOptions<CommunityOptions> options, TimeProvider time) : IHandle<Tick>
{
    public Task Handle(Tick message, CancellationToken ct)
    {
        var before = Retention.Before(options.Value.Keep.DeletedPosts, time.GetUtcNow().UtcDateTime);
        var posts = db.Posts;
        return db.PostVersions.Where(v => posts.Any(p => p.Id == v.PostId && p.DeletedAt < before)).OrderBy(v => v.Id).DeleteAll(ct);
    }
}
