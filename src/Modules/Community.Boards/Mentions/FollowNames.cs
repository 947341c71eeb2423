using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Asks for a member's present name in the posts that mention them.</summary>
public sealed record RewriteMentions(long Member);

/// <summary>Mentions follow a member who takes another name, or becomes one with another member.</summary>
public sealed class FollowNames(SiteDb db) : IEventHandler, IHandle<RewriteMentions>
{
    internal static readonly Type[] Reads = [typeof(MemberChanged), typeof(MembersMerged), typeof(MergeUndone)];

    /// <summary>Posts rewritten in one transaction.</summary>
    const int Batch = 50;

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var members = events.SelectMany(e => e.Event switch
        {
            MemberChanged changed => [changed.MemberId],
            MembersMerged merged => [merged.MemberId],
            MergeUndone undone => [undone.MemberId, undone.GoneId],
            _ => Array.Empty<long>(),
        }).ToHashSet();
        foreach (var undone in events.Select(e => e.Event).OfType<MergeUndone>()) await NamedAsOther(undone, ct);
        // Most changes of a profile change no name.
        foreach (var member in members)
            if (await NameOf(member, ct) is { } now && await Behind(member, now).AnyAsync(ct)) db.Enqueue(new RewriteMentions(member));
    }

    IQueryable<PostMention> Behind(long member, NamedNow now) =>
        db.PostMentions.Where(m => m.MemberId == member && (m.Name != now.Name || m.Handle != now.Handle));

    // The rows are as they were before the merge, the texts are not: where one was mentioned, they name the other.
    async Task NamedAsOther(MergeUndone undone, CancellationToken ct)
    {
        if (await NameOf(undone.MemberId, ct) is not { } kept) return;
        var others = db.PostMentions.Where(m => m.MemberId == undone.MemberId);
        await db.PostMentions.Where(m => m.MemberId == undone.GoneId && !others.Any(o => o.PostId == m.PostId))
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Name, kept.Name).SetProperty(m => m.Handle, kept.Handle), ct);
    }

    sealed record NamedNow(string Name, string Handle);

    Task<NamedNow?> NameOf(long member, CancellationToken ct) =>
        db.Members.Where(m => m.Id == member).Select(m => new NamedNow(m.Name, m.Handle)).FirstOrDefaultAsync(ct);

    public async Task Handle(RewriteMentions message, CancellationToken ct)
    {
        while (true)
        {
            db.ChangeTracker.Clear();
            await using var change = await db.Change(ct);
            if (await NameOf(message.Member, ct) is not { } now) return;
            var some = await Behind(message.Member, now).OrderBy(m => m.PostId).Take(Batch).ToListAsync(ct);
            if (some.Count == 0) return;
            foreach (var mention in some) await Rewrite(mention, now, ct);
            await change.Commit(ct);
        }
    }

    async Task Rewrite(PostMention mention, NamedNow now, CancellationToken ct)
    {
        var post = await db.Posts.AsNoTracking().Where(p => p.Id == mention.PostId)
            .Select(p => new { p.Text, Board = p.Topic.Board.Key }).FirstAsync(ct);
        if (MentionText.Renamed(post.Text, mention.Handle, now.Name, now.Handle) is var text && text != post.Text)
        {
            var (html, snippet) = Markup.ToHtmlAndLine(text, PostText.SnippetLength);
            // Only if nobody has edited it meanwhile: the edit wrote today's name.
            await db.Posts.Where(p => p.Id == mention.PostId && p.Text == post.Text).ExecuteUpdateAsync(s => s
                .SetProperty(p => p.Text, text).SetProperty(p => p.Html, html)
                .SetProperty(p => p.HtmlVersion, Markup.Version).SetProperty(p => p.Snippet, snippet), ct);
            db.Touch(post.Board);
        }
        var versions = db.PostVersions.Where(v => v.PostId == mention.PostId && v.Text.Contains(mention.Handle));
        foreach (var version in await versions.ToListAsync(ct))
            version.Text = MentionText.Renamed(version.Text, mention.Handle, now.Name, now.Handle);
        (mention.Name, mention.Handle) = (now.Name, now.Handle);
    }
}
