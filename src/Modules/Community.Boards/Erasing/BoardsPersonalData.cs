using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The personal data that the module stores. An erased author's posts stay, attributed to a former member.</summary>
static class BoardsPersonalData
{
    public static IEnumerable<PersonalData> All =>
    [
        PersonalData.Contributions<Topic>(
            "topics",
            t => t.AuthorId,
            leftOut:
            [
                "PinnedBy", "LockedBy", "ArchivedBy", "UnarchivedAt", "HiddenBy", "LastPostBy", "LastPostAt", "GuestName", "LastGuestName",
                "Imported",
            ],
            masked: ["Title"]
        ),
        PersonalData.Mention<Topic>(t => t.LastPostBy),
        PersonalData.ActedBy<Topic>(t => t.PinnedBy),
        PersonalData.ActedBy<Topic>(t => t.LockedBy),
        PersonalData.ActedBy<Topic>(t => t.ArchivedBy),
        PersonalData.ActedBy<Topic>(t => t.HiddenBy),
        PersonalData.Contributions<Post>(
            "posts",
            p => p.AuthorId,
            leftOut:
            [
                "Html", "HtmlVersion", "Snippet", "Path", "Depth", "ToMemberId", "EditedBy", "HiddenBy", "FormKey", "Counted", "GuestName",
                "ImportId", "ImportedReactions",
            ],
            masked: ["Title", "Text"]
        ),
        PersonalData.Contributions<Attachment>("attachments", a => a.OwnerId, leftOut: ["SmallHash", "FormKey"], masked: ["Name"]),
        PersonalData.Rows<Draft>("drafts", d => d.MemberId, leftOut: ["FormKey", "Version", "PostVersion"], masked: ["Title", "Text"]),
        PersonalData.Mention<Post>(p => p.ToMemberId),
        PersonalData.Mention<Post>(p => p.EditedBy),
        PersonalData.ActedBy<Post>(p => p.HiddenBy),
        PersonalData.Mention<PostVersion>(v => v.ReplacedBy),
        PersonalData.Rows<PostMention>("mentions", m => m.MemberId, leftOut: ["Name", "Handle"]),
        PersonalData.Contributions<Report>("reports", r => r.ReporterId, leftOut: ["ClosedBy"], masked: ["Reason"]),
        PersonalData.ActedBy<Report>(r => r.ClosedBy),
        PersonalData.Contributions<ModerationEntry>("moderation", m => m.ActorId, masked: ["Reason"]),
        PersonalData.Mention<ModerationEntry>(m => m.MemberId),
        PersonalData.Mention<Clearing>(c => c.MemberId),
        PersonalData.ActedBy<Clearing>(c => c.StartedBy),
        PersonalData.ActedBy<Clearing>(c => c.ChangedBy),
        PersonalData.Rows<TopicRead>("topicsRead", r => r.MemberId),
        PersonalData.Rows<BoardRead>("boardsRead", r => r.MemberId),
        PersonalData.Rows<TopicFollow>("topicsFollowed", f => f.MemberId),
        PersonalData.Rows<BoardFollow>("boardsFollowed", f => f.MemberId),
        PersonalData.Rows<Bookmark>("bookmarks", b => b.MemberId, masked: ["Note"]),
        PersonalData.Contributions<Poll>("polls", p => p.MadeBy, leftOut: ["ClosedBy", "ChangedBy"], masked: ["Question", "Options"]),
        PersonalData.Mention<Poll>(p => p.ChangedBy),
        PersonalData.ActedBy<Poll>(p => p.ClosedBy),
        // Anonymised, so that the numbers of a poll that others have read stay true.
        PersonalData.Written<PollBallot>("votes", b => b.MemberId, OwnAnswers.Votes, WhenErased.Anonymised),
        PersonalData.Written<PostReaction>("reactions", r => r.MemberId, OwnAnswers.Reactions),
        PersonalData.ActedBy<Reaction>(r => r.ChangedBy),
        PersonalData.Rows<MemberMute>("muted", m => m.MemberId),
        PersonalData.Rows<MemberTrust>("writingLimits", t => t.MemberId, leftOut: ["SetBy"]).OnMerge(WhenMerged.Dropped),
        PersonalData.ActedBy<MemberTrust>(t => t.SetBy),
        PersonalData.Hidden<MemberMute>(m => m.MutedId, "Nobody is told who mutes them."),
        PersonalData.ActedBy<Board>(b => b.ArchivedBy),
        PersonalData.ActedBy<Board>(b => b.ChangedBy),
        PersonalData.ActedBy<BoardCategory>(c => c.ChangedBy),
        PersonalData.ActedBy<QueueEntry>(q => q.DecidedBy),
        PersonalData.ActedBy<WatchedWord>(w => w.ChangedBy),
        PersonalData.ActedBy<BoardImport>(i => i.StartedBy),
        PersonalData.ActedBy<BoardImport>(i => i.ChangedBy),
    ];

    /// <summary>
    /// Deletes the earlier versions of the erased member's posts: nobody needs them once the author is gone. Removes the member's name
    /// where the program wrote it into texts of others, and the words of the posts if the site's policy says so.
    /// </summary>
    public static async Task Erase(IServiceProvider site, long member, ICollection<Func<Task>> after, CancellationToken ct)
    {
        var db = site.GetRequiredService<SiteDb>();
        var texts = site.GetRequiredService<IStringLocalizer>();
        var posts = db.Posts.Where(p => p.AuthorId == member);
        // What the member wanted to change in a post, and what was found in it.
        await db.QueueEntries.Where(q => posts.Any(p => p.Id == q.PostId))
            .ExecuteUpdateAsync(s => s.SetProperty(q => q.Title, (string?)null).SetProperty(q => q.Words, ""), ct);
        await db.QueueEntries.Where(q => q.IsEdit && posts.Any(p => p.Id == q.PostId)).ExecuteDeleteAsync(ct);
        var places = (await posts.Select(p => new { p.TopicId, p.Number }).ToListAsync(ct)).Select(p => (p.TopicId, p.Number)).ToHashSet();
        places.UnionWith(await FormerPlacesOf(db, posts, ct));
        var handle = await db.Members.Where(m => m.Id == member).Select(m => m.Handle).FirstAsync(ct);
        var former = texts.In(db.Site.Culture, "boards.author.gone");
        await Unname(db, new(places, "/members/" + handle, texts), "/members/" + handle, former, ct);
        var policy = (await site.GetRequiredService<Settings<BoardsSettings>>().Get(ct)).ErasedPosts;
        if (policy is ErasedPosts.Erase) await EraseWords(db, member, texts.In(db.Site.Culture, "boards.topic.erased"), ct);
        await db.PostVersions.Where(v => posts.Any(p => p.Id == v.PostId)).ExecuteDeleteAsync(ct);
        await EraseAttachments(site, member, after, ct);
        await RecountReactions.Without(db, member, ct);
        // A report stays, as one that a former member made; what they wrote about it may say who they are.
        await db.Reports.Where(r => r.ReporterId == member).ExecuteUpdateAsync(s => s.SetProperty(r => r.Reason, ""), ct);
        // What a moderator wrote about the member, and the titles of the member's topics.
        await db.Clearings.Where(c => c.MemberId == member).ExecuteUpdateAsync(s => s.SetProperty(c => c.Reason, ""), ct);
        await db.ClearedPosts.Where(c => posts.Any(p => p.Id == c.PostId)).ExecuteDeleteAsync(ct);
        // Keys to other rows only; nothing reads a form of a member who is gone.
        await posts.Where(p => p.FormKey != null).ExecuteUpdateAsync(s => s.SetProperty(p => p.FormKey, (Guid?)null), ct);
    }

    /// <summary>Places that the posts have left: older quotations name them.</summary>
    static async Task<IEnumerable<(long, int)>> FormerPlacesOf(SiteDb db, IQueryable<Post> posts, CancellationToken ct) =>
        (await db.FormerPlaces.Where(f => posts.Any(p => p.Id == f.PostId)).Select(f => new { f.TopicId, f.Number }).ToListAsync(ct))
        .Select(f => (f.TopicId, f.Number));

    /// <summary>What no text shows any more, or never did, goes at once; what stays is a former member's, as the texts are.</summary>
    static async Task EraseAttachments(IServiceProvider site, long member, ICollection<Func<Task>> after, CancellationToken ct)
    {
        var (db, files) = (site.GetRequiredService<SiteDb>(), site.GetRequiredService<Files>());
        var shown = db.Posts;
        var inPosts = db.Attachments.Where(a => shown.Any(p => p.Id == a.PostId && p.Text.Contains(a.Key)));
        var gone = await db.Attachments.Where(a => a.OwnerId == member && !inPosts.Any(i => i.Id == a.Id)).ToListAsync(ct);
        if (gone.Count == 0) return;
        await DeleteFiles(db, files, gone, after, ct);
    }

    /// <summary>Deletes attachments in the open change, and their files after it, but for those that other attachments have too.</summary>
    internal static async Task DeleteFiles(
        SiteDb db, Files files, List<Attachment> gone, ICollection<Func<Task>> after, CancellationToken ct)
    {
        db.Attachments.RemoveRange(gone);
        await db.SaveChangesAsync(ct);
        foreach (var hash in gone.SelectMany(a => new[] { a.Hash, a.SmallHash }).OfType<string>().Distinct())
        {
            if (await db.Attachments.AnyAsync(a => a.Hash == hash || a.SmallHash == hash, ct)) continue;
            await files.ReleaseAll(hash, FilePurpose.Post, ct);
            after.Add(() => files.Discard(hash, CancellationToken.None));
        }
    }

    /// <summary>Rows read together.</summary>
    const int Batch = 200;

    static async Task Unname(SiteDb db, MachineMade machine, string profile, string former, CancellationToken ct)
    {
        for (var from = 0L; ;)
        {
            var some = await db.Posts.Where(p => p.Id > from && (p.Text.Contains("/posts/") || p.Text.Contains(profile)))
                .OrderBy(p => p.Id).Take(Batch).ToListAsync(ct);
            foreach (var post in some)
                if (machine.Replace(post.Text, former) is var text && text != post.Text)
                {
                    post.Rewrite(text);
                    db.Publish(new PostEdited(post.BoardId, post.TopicId, post.Id, post.Number));
                }
            await db.SaveChangesAsync(ct);
            foreach (var post in some) db.Entry(post).State = EntityState.Detached;
            if (some.Count < Batch) break;
            from = some[^1].Id;
        }
        for (var from = 0L; ;)
        {
            var some = await db.PostVersions.Where(v => v.Id > from && (v.Text.Contains("/posts/") || v.Text.Contains(profile)))
                .OrderBy(v => v.Id).Take(Batch).ToListAsync(ct);
            foreach (var version in some)
                if (machine.Replace(version.Text, former) is var text && text != version.Text) version.Text = text;
            await db.SaveChangesAsync(ct);
            foreach (var version in some) db.Entry(version).State = EntityState.Detached;
            if (some.Count < Batch) break;
            from = some[^1].Id;
        }
        for (var from = 0L; ;)
        {
            var some = await db.Drafts.Where(d => d.Id > from && (d.Text.Contains("/posts/") || d.Text.Contains(profile)))
                .OrderBy(d => d.Id).Take(Batch).ToListAsync(ct);
            foreach (var draft in some)
                if (machine.Replace(draft.Text, former) is var text && text != draft.Text) draft.Text = text;
            await db.SaveChangesAsync(ct);
            foreach (var draft in some) db.Entry(draft).State = EntityState.Detached;
            if (some.Count < Batch) break;
            from = some[^1].Id;
        }
    }

    static async Task EraseWords(SiteDb db, long member, string title, CancellationToken ct)
    {
        var now = db.Now;
        // Also what a moderator asked in a topic of somebody else.
        await db.PollBallots.Where(b => b.Poll.MadeBy == member).ExecuteDeleteAsync(ct);
        await db.Polls.Where(p => p.MadeBy == member).ExecuteDeleteAsync(ct);
        await EraseTitles.Of(db, db.Posts.Where(p => p.AuthorId == member), title, ct);
        var topics = await db.Posts.Where(p => p.AuthorId == member).Select(p => p.TopicId).Distinct().Order().ToListAsync(ct);
        foreach (var id in topics)
        {
            if (await Locks.TopicOfErased(db, id, ct) is not { } topic) continue;
            foreach (var post in await db.Posts.Where(p => p.TopicId == id && p.AuthorId == member).ToListAsync(ct))
            {
                var removed = post.IsRemoved;
                post.EraseWords(now);
                if (!removed)
                {
                    topic.CountRemoved(post, removed: true);
                    db.Publish(new PostDeleted(topic.BoardId, id, post.Id, post.Number));
                }
                post.Topic = topic;
            }
            if (topic.AuthorId == member)
            {
                await SavePoll.Remove(db, id, ct);
                (topic.Title, topic.HiddenReason) = (title, null);
                if (topic.Replies == 0 && topic.HiddenAt is null)
                {
                    topic.Hide(null, "", now);
                    db.Publish(new TopicHidden(topic.BoardId, id));
                }
            }
            await db.SaveChangesAsync(ct);
            topic.LastPostIs(await db.Posts.LastPresent(id, ct));
            await db.SaveChangesAsync(ct);
            db.ChangeTracker.Entries<Post>().ToList().ForEach(e => e.State = EntityState.Detached);
            db.Entry(topic).State = EntityState.Detached;
        }
        foreach (var key in await db.Boards.Select(b => b.Key).ToListAsync(ct)) db.Touch(key);
    }

    /// <summary>Most pages that are listed for staff.</summary>
    const int MaxNamed = 200;

    /// <summary>The posts in which the member's name stands, typed by hand.</summary>
    public static async Task<IReadOnlyList<string>> Naming(IServiceProvider site, long member, CancellationToken ct)
    {
        var db = site.GetRequiredService<SiteDb>();
        var name = await db.Members.Where(m => m.Id == member).Select(m => m.Name).FirstOrDefaultAsync(ct);
        if (string.IsNullOrEmpty(name)) return [];
        var lower = name.ToLowerInvariant();
        var found = await db
            .Posts.AsNoTracking()
            .Where(p => p.Text.ToLower().Contains(lower) || p.Title!.ToLower().Contains(lower) || p.Topic.Title.ToLower().Contains(lower))
            .OrderByDescending(p => p.Id)
            .Take(MaxNamed * 2)
            .Select(p => new { p.TopicId, p.Number, p.Text, p.Title, Topic = p.Topic.Title, p.Topic.Board.Key })
            .ToListAsync(ct);
        var places = (await db.Posts.Where(p => p.AuthorId == member).Select(p => new { p.TopicId, p.Number }).ToListAsync(ct))
            .Select(p => (p.TopicId, p.Number))
            .ToHashSet();
        places.UnionWith(await FormerPlacesOf(db, db.Posts.Where(p => p.AuthorId == member), ct));
        var handle = await db.Members.Where(m => m.Id == member).Select(m => m.Handle).FirstAsync(ct);
        var machine = new MachineMade(places, "/members/" + handle, site.GetRequiredService<IStringLocalizer>());
        // Without what the program replaces by itself.
        return
        [
            .. found
                .Where(p =>
                    $"{machine.Replace(p.Text, "")} {p.Title} {(p.Number == 1 ? p.Topic : "")}".Contains(
                        name,
                        StringComparison.OrdinalIgnoreCase
                    )
                )
                .Take(MaxNamed)
                .Select(p => $"{Topic.UrlOf(p.Key, p.TopicId)}/posts/{p.Number}"),
        ];
    }
}
