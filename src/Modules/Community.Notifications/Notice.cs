namespace Community.Notifications;

/// <summary>What a notice is of. The names stand in texts; the numbers in the sites' databases.</summary>
public enum NoticeKind
{
    /// <summary>Somebody answered the member's post.</summary>
    Reply,
    /// <summary>A post names the member.</summary>
    Mention,
    /// <summary>A post quotes the member's.</summary>
    Quote,
    /// <summary>New posts in a topic that the member watches.</summary>
    NewPost,
    /// <summary>A new topic in a board that the member watches.</summary>
    NewTopic,
    /// <summary>A report, for moderators.</summary>
    Report,
    /// <summary>Somebody asks to join a group that the member leads.</summary>
    GroupRequest,
    /// <summary>A post, or an edit, waits in the queue, for moderators of its board.</summary>
    Queue,
    /// <summary>The member's report was decided.</summary>
    Outcome,
    /// <summary>A moderator hid or refused the member's post.</summary>
    Moderated,
    /// <summary>A watched word takes too long, for who moderates all boards.</summary>
    WordFailed,
    /// <summary>Somebody reacted to the member's post. Only on the site, and only for who wants it.</summary>
    Reaction,
    /// <summary>A moderator edited the member's post.</summary>
    Edited,
    /// <summary>Another module has something for a member of the staff: <see cref="Notice.What"/>. Its mails are its own.</summary>
    OfModule,
}

/// <summary>When a member is told by mail.</summary>
public enum MailPace
{
    AtOnce,
    Daily,
    Weekly,
    Never,
    /// <summary>At once, and then at most once an hour.</summary>
    Hourly,
}

/// <summary>
/// Something that a member is told. It holds no words: whoever shows or mails it loads the post, asking again whether the member may read
/// it. Only the member is a foreign key: a post that thousands watch makes thousands of rows, and a notice whose post is gone is not shown.
/// </summary>
public sealed class Notice
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    public NoticeKind Kind { get; set; }
    public long? TopicId { get; set; }
    /// <summary>The post. Of <see cref="NoticeKind.NewPost"/> the first that was new.</summary>
    public long? PostId { get; set; }
    public long? ReportId { get; set; }
    public long? GroupId { get; set; }
    /// <summary>Who asks to join the group.</summary>
    public long? RequesterId { get; set; }
    /// <summary>Of <see cref="NoticeKind.OfModule"/>, the key of its sentence.</summary>
    public string? What { get; set; }
    /// <summary>Of <see cref="NoticeKind.OfModule"/>, the page that it is about.</summary>
    public string? Path { get; set; }
    public DateTime At { get; set; }
    public DateTime? ReadAt { get; set; }
    /// <summary>The mail that it waits for; null if it waits for none.</summary>
    public MailPace? Waits { get; set; }
    public DateTime? MailedAt { get; set; }
}

/// <summary>What a member wants to be told, and how. A member without a row has the defaults.</summary>
public sealed class NoticeSettings
{
    /// <summary>The hour of a digest, where the member chose none.</summary>
    public const int DefaultHour = 8;

    public long MemberId { get; set; }
    /// <summary>The level that topics get which the member starts.</summary>
    public Boards.FollowLevel OwnTopics { get; set; } = Boards.FollowLevel.Watch;
    /// <summary>The level that topics get in which the member answers.</summary>
    public Boards.FollowLevel Answered { get; set; } = Boards.FollowLevel.Track;
    public MailPace Replies { get; set; } = MailPace.AtOnce;
    public MailPace Mentions { get; set; } = MailPace.AtOnce;
    public MailPace Quotes { get; set; } = MailPace.AtOnce;
    public MailPace NewPosts { get; set; } = MailPace.AtOnce;
    public MailPace NewTopics { get; set; } = MailPace.Daily;
    public MailPace Reports { get; set; } = MailPace.Hourly;
    public MailPace GroupRequests { get; set; } = MailPace.AtOnce;
    /// <summary>What waits in the queue, and words that fail.</summary>
    public MailPace Queue { get; set; } = MailPace.Hourly;
    /// <summary>What moderators decided about the member's reports and posts.</summary>
    public MailPace Decisions { get; set; } = MailPace.AtOnce;
    /// <summary>What moderators edited in the member's posts.</summary>
    public MailPace Edits { get; set; } = MailPace.AtOnce;
    /// <summary>Whether reactions to the member's posts are told, on the site; never by mail.</summary>
    public bool TellsReactions { get; set; }
    /// <summary>The hour of digests in the site's zone, 0–23.</summary>
    public int Hour { get; set; } = DefaultHour;
    /// <summary>The day of weekly digests.</summary>
    public DayOfWeek Weekday { get; set; } = DayOfWeek.Monday;
    /// <summary>The number of the member's feed key; see <see cref="FeedKeys"/>.</summary>
    public int FeedKey { get; set; }

    public MailPace PaceOf(NoticeKind kind) => kind switch
    {
        NoticeKind.Reply => Replies,
        NoticeKind.Mention => Mentions,
        NoticeKind.Quote => Quotes,
        NoticeKind.NewPost => NewPosts,
        NoticeKind.NewTopic => NewTopics,
        NoticeKind.Report => Reports,
        NoticeKind.Queue or NoticeKind.WordFailed => Queue,
        NoticeKind.Outcome or NoticeKind.Moderated => Decisions,
        NoticeKind.Reaction or NoticeKind.OfModule => MailPace.Never,
        NoticeKind.Edited => Edits,
        _ => GroupRequests,
    };

    public void Set(NoticeKind kind, MailPace pace)
    {
        switch (kind)
        {
            case NoticeKind.Reply: Replies = pace; break;
            case NoticeKind.Mention: Mentions = pace; break;
            case NoticeKind.Quote: Quotes = pace; break;
            case NoticeKind.NewPost: NewPosts = pace; break;
            case NoticeKind.NewTopic: NewTopics = pace; break;
            case NoticeKind.Report: Reports = pace; break;
            case NoticeKind.Queue or NoticeKind.WordFailed: Queue = pace; break;
            case NoticeKind.Outcome or NoticeKind.Moderated: Decisions = pace; break;
            case NoticeKind.Reaction or NoticeKind.OfModule: break;
            case NoticeKind.Edited: Edits = pace; break;
            default: GroupRequests = pace; break;
        }
    }
}

/// <summary>
/// When a member's next mail of a pace is due: one row for both, so that no two are sent at once. Its key is the member and the pace.
/// </summary>
public sealed class NoticeMail
{
    public long MemberId { get; set; }
    public MailPace Pace { get; set; }
    /// <summary>Null while nothing waits.</summary>
    public DateTime? DueAt { get; set; }
    /// <summary>When the last was due that was dealt with; a digest's day has no second one.</summary>
    public DateTime? DoneAt { get; set; }
}
