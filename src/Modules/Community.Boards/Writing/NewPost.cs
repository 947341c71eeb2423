using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>The post that is replied to.</summary>
readonly record struct Answered(long TopicId, int Number);

/// <summary>What a form that writes a post has sent.</summary>
/// <param name="Answers">What it replies to; null if it opens a topic.</param>
/// <param name="Title">As typed.</param>
/// <param name="Text">As typed.</param>
/// <param name="Screened">What was found in both, and both with what is to be replaced.</param>
/// <param name="Form">The form's idempotency key.</param>
/// <param name="Limits">The author's limits; null for none.</param>
/// <param name="Linked">Whom it mentions, if that is known by now.</param>
sealed record WrittenPost(
    Answered? Answers, string? Title, string Text, Screened Screened, Guid Form, PostLimits? Limits = null,
    Mentions.Linked? Linked = null);

/// <summary>A post that the entity has accepted, on its way into the database: what the steps of <see cref="PublishPost"/> share.</summary>
/// <param name="Author">Who writes it, as the database has them.</param>
/// <param name="Board">Its board.</param>
/// <param name="Topic">Its topic, which has the post already.</param>
/// <param name="Post">The post.</param>
/// <param name="Written">What was sent.</param>
sealed record NewPost(Reader Author, Board Board, Topic Topic, Post Post, WrittenPost Written)
{
    /// <summary>Why it waits for a moderator.</summary>
    public HoldReasons Reasons { get; set; }

    public bool Waits => Reasons is not HoldReasons.None;

    public Published Published => new(Board.Key, Topic.Id, Post.Number) { Waits = Waits };
}
