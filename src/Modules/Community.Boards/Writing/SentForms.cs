using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Recognizes a form that was sent before: by a nervous finger, a broken line, a reload. It has published a post already, perhaps with
/// another text.
/// </summary>
public sealed class SentForms(SiteDb db, Screening screening)
{
    /// <summary>Earlier versions with mentions that are compared with what was sent.</summary>
    const int MaxCompared = 20;

    /// <summary>What the form has published already; null if nothing.</summary>
    internal async Task<Published?> Of(Reader member, WrittenPost written, CancellationToken ct)
    {
        var post = await db.Posts.AsNoTracking().Include(p => p.Topic.Board)
            .FirstOrDefaultAsync(p => p.AuthorId == member.Id && p.FormKey == written.Form, ct);
        if (post is null) return null;
        var here = written.Answers is { } place
            ? (post.TopicId, post.ParentNumber) == (place.TopicId, place.Number) || await Moved(post, place, ct)
            : post.Number == 1 || await db.FormerPlaces.AnyAsync(f => f.PostId == post.Id && f.Number == 1, ct);
        return new(post.Topic.Board.Key, post.TopicId, post.Number) { OtherText = !here || !await Said(post, written, ct) };
    }

    // Split off or merged since the form was sent for the first time.
    async Task<bool> Moved(Post post, Answered answers, CancellationToken ct) =>
        await db.PlaceToday(answers.TopicId, answers.Number, ct) is { } now
            && (post.TopicId, post.ParentNumber) == (now.TopicId, now.Number)
        || await db.FormerPlaces.AnyAsync(
            f => f.PostId == post.Id && f.TopicId == answers.TopicId && f.ParentNumber == answers.Number, ct);

    // In its present or an earlier version. The opening post's title is the topic's, whose earlier titles are not kept.
    async Task<bool> Said(Post post, WrittenPost written, CancellationToken ct)
    {
        var screened = await screening.Look(written.Title, written.Text, ct);
        var (title, text) = (PostText.Title(screened.Title), MentionText.Typed(PostText.Body(screened.Text)));
        if (MentionText.Typed(post.Text) == text && (post.Number == 1 ? post.Topic.Title : post.Title) == title) return true;
        var earlier = db.PostVersions.AsNoTracking().Where(v => v.PostId == post.Id && (post.Number == 1 || v.Title == title));
        return await earlier.AnyAsync(v => v.Text == text, ct)
            || (await earlier.Where(v => v.Text.Contains("(/members/")).OrderByDescending(v => v.Id).Select(v => v.Text)
                .Take(MaxCompared).ToListAsync(ct))
                .Exists(before => MentionText.Typed(before) == text);
    }
}
