using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>Records an act of moderation in the moderation log and in the audit log, in the open change.</summary>
public sealed class ModerationTrail(SiteDb db, Audit audit, TimeProvider time)
{
    /// <param name="moderator">Who acted.</param>
    /// <param name="act">What was done.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="post">The post it was done to; null for the topic.</param>
    /// <param name="reason">Why, or what exactly; cut to <see cref="PostText.MaxReasonLength"/>.</param>
    public void Add(Reader moderator, ModerationAct act, Topic topic, Post? post, string reason)
    {
        var author = post is null ? topic.AuthorId : post.AuthorId;
        db.ModerationLog.Add(
            new ModerationEntry
            {
                At = time.GetUtcNow().UtcDateTime,
                ActorId = moderator.Id,
                Act = act,
                TopicId = topic.Id,
                PostNumber = post?.Number,
                MemberId = author,
                Reason = PostText.Reason(reason),
            }
        );
        // The reason may name a person, so it goes into the moderation log, which can be erased, but not into the audit log.
        var about = post is null ? $"topic {topic.Id}" : $"topic {topic.Id} post {post.Number}";
        if (author is { } member) audit.Changed("boards." + act, member, "", about);
        else audit.Did("boards." + act, about);
    }

    /// <summary>What was done to a member as a whole.</summary>
    public void Add(Reader moderator, ModerationAct act, long member, string reason)
    {
        db.ModerationLog.Add(
            new ModerationEntry
            {
                At = time.GetUtcNow().UtcDateTime,
                ActorId = moderator.Id,
                Act = act,
                MemberId = member,
                Reason = PostText.Reason(reason),
            }
        );
        audit.Changed("boards." + act, member, "");
    }
}
