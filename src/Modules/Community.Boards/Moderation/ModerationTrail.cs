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
        db.ModerationLog.Add(
            new ModerationEntry
            {
                At = time.GetUtcNow().UtcDateTime,
                ActorId = moderator.Id,
                Act = act,
                TopicId = topic.Id,
                PostNumber = post?.Number,
                Reason = PostText.Reason(reason),
            }
        );
        // The reason may name a person, so it goes into the moderation log, which can be erased, but not into the audit log.
        var about = post is null ? $"topic {topic.Id}" : $"topic {topic.Id} post {post.Number}";
        if ((post is null ? topic.AuthorId : post.AuthorId) is { } author) audit.Changed("boards." + act, author, "", about);
        else audit.Did("boards." + act, about);
    }
}
