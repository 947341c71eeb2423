using System.ComponentModel.DataAnnotations;
using Community.Kernel;

namespace Community.Boards;

/// <summary>A site's limits for members whom it does not know yet, and when they end.</summary>
public sealed record TrustSettings
{
    /// <summary>Without it nobody has limits.</summary>
    public bool IsOn { get; set; } = true;

    /// <summary>From so many days of membership on a member is known, with the posts written and read that follow.</summary>
    [Range(0, 365)]
    public int KnownAfterDays { get; set; } = 2;

    [Range(0, 1_000)]
    public int KnownAfterPosts { get; set; } = 5;

    [Range(0, 10_000)]
    public int KnownAfterRead { get; set; } = 20;

    [Range(0, 3_650)]
    public int TrustedAfterDays { get; set; } = 30;

    [Range(0, 1_000)]
    public int TrustedAfterPosts { get; set; } = 30;

    [Range(0, 10_000)]
    public int TrustedAfterRead { get; set; } = 200;

    /// <summary>For so many days after a warning, silence or suspension a member has the limits of a new one.</summary>
    [Range(0, 365)]
    public int DaysAfterMeasure { get; set; } = 30;

    [Range(1, 1_000)]
    public int NewPosts { get; set; } = 20;

    /// <summary>Of a post, to other sites.</summary>
    [Range(0, 1_000)]
    public int NewLinks { get; set; } = 5;

    [Range(0, 100)]
    public int NewPictures { get; set; } = 5;

    /// <summary>Files that are no pictures.</summary>
    [Range(0, 100)]
    public int NewFiles { get; set; } = 3;

    [Range(0, PostMention.Max)]
    public int NewMentions { get; set; } = 5;

    [Range(1, 1_000)]
    public int KnownPosts { get; set; } = 60;

    [Range(0, 1_000)]
    public int KnownLinks { get; set; } = 20;

    [Range(0, 100)]
    public int KnownPictures { get; set; } = 20;

    [Range(0, 100)]
    public int KnownFiles { get; set; } = 10;

    [Range(0, PostMention.Max)]
    public int KnownMentions { get; set; } = 10;

    /// <summary>The limits of a level; null for none.</summary>
    internal PostLimits? LimitsOf(TrustLevel level) => level switch
    {
        _ when !IsOn => null,
        TrustLevel.New => new(NewPosts, NewLinks, NewPictures, NewFiles, NewMentions),
        TrustLevel.Known => new(KnownPosts, KnownLinks, KnownPictures, KnownFiles, KnownMentions),
        _ => null,
    };
}
