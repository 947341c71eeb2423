using System.Globalization;
using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>A way to answer a post without words: an emoji with a name. Staff decide which there are.</summary>
public sealed class Reaction
{
    /// <summary>As many are offered below each post; more would have to be searched.</summary>
    public const int MaxOffered = 12;
    /// <summary>All that a site ever makes, retired ones included; see <see cref="Id"/>.</summary>
    public const int MaxMade = 60;
    public const int MaxEmojiLength = 16, MaxNameLength = 30;

    /// <summary>
    /// A power of two that is never given again: the sum of a member's reactions to a post says which they are, so that they come with the
    /// post as one number.
    /// </summary>
    public long Id { get; set; }
    public required string Emoji { get; set; }
    /// <summary>The name in the site's language, and perhaps in others.</summary>
    public Translations Names { get; set; } = Translations.None;
    public int Position { get; set; }
    /// <summary>Since when nobody can choose it any more. What was given stays.</summary>
    public DateTime? RetiredAt { get; set; }
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    public bool IsOffered => RetiredAt is null;
    /// <summary>Changes with each save; see <see cref="EditConflict"/>.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    /// <summary>The name in the reader's language.</summary>
    public string Name => Names.For(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName).Text;
}

/// <summary>A member's reaction to a post. <see cref="Post.Reactions"/> counts them.</summary>
public sealed class PostReaction
{
    public long PostId { get; set; }
    public Post Post { get; set; } = null!;
    public long MemberId { get; set; }
    public long ReactionId { get; set; }
    public DateTime At { get; set; }
}
