using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;

namespace Community.Boards;

public enum BoardKind { Interactive, ReadOnly }

/// <summary>Who reads a board.</summary>
public enum BoardReaders { Everyone, Members, Groups }

/// <summary>Who writes in a board.</summary>
public enum BoardWriters { Members, Groups, Staff }

/// <summary>The default view of a board and its topics, for readers who have not chosen one.</summary>
public enum BoardView { Tree, Chronological }

/// <summary>A place for topics, with its own readers and writers.</summary>
public sealed class Board
{
    public const int MaxNameLength = 80, MaxDescriptionLength = 500, MaxIconLength = 16, MaxPictureAltLength = 200;
    public const int MaxHoldFirst = 20, MaxCloseAfterDays = 3650, MaxPauseSeconds = 86_400, MaxArchiveAfterDays = 3650;

    public long Id { get; set; }
    /// <summary>Name in addresses and recipes.</summary>
    public required string Key { get; set; }
    public required string Name { get; set; }
    public string Description { get; set; } = "";
    public BoardKind Kind { get; set; }
    public BoardReaders Read { get; set; }
    public BoardWriters Write { get; set; }
    public BoardView View { get; set; }
    public int Position { get; set; }
    /// <summary>The heading under which lists show it; null to stand before all headings.</summary>
    public long? CategoryId { get; set; }
    public BoardCategory? Category { get; set; }
    /// <summary>One character, such as an emoji, before its name; empty for none.</summary>
    public string Icon { get; set; } = "";
    /// <summary>The picture that lists and the board's head show, see <see cref="StoredFile.Hash"/>; null for none.</summary>
    public string? PictureHash { get; set; }
    /// <summary>The less wide version of it for lists; null if it is small anyway.</summary>
    public string? PictureSmallHash { get; set; }
    /// <summary>In pixels; 0 without a picture.</summary>
    public int PictureWidth { get; set; }
    public int PictureHeight { get; set; }
    /// <summary>What the picture shows, for those who do not see it; empty if it is decoration.</summary>
    public string PictureAlt { get; set; } = "";
    /// <summary>From then on nobody can write in it.</summary>
    public DateTime? ArchivedAt { get; set; }
    public long? ArchivedBy { get; set; }
    /// <summary>When staff last saved the board; null for a recipe's board that nobody has saved yet.</summary>
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }
    /// <summary>Which posts of members wait for a moderator.</summary>
    public Hold Hold { get; set; }
    /// <summary>As many posts of a new member wait: until the site has published that many of theirs. 0 for none.</summary>
    public int HoldFirst { get; set; }
    /// <summary>Topics take no replies once nobody has written in them for so many days; 0 for never. Pinned ones stay open.</summary>
    public int CloseAfterDays { get; set; }
    /// <summary>Topics are archived once nobody has written in them for so many days; 0 for never. Pinned ones are not.</summary>
    public int ArchiveAfterDays { get; set; }
    /// <summary>Slow mode: how many seconds a member waits between two posts in the board; 0 for none.</summary>
    public int PauseSeconds { get; set; }
    public List<BoardGroup> Groups { get; set; } = [];

    // Updated by CountBoard, after the change itself is committed.
    public int TopicCount { get; set; }
    public int PostCount { get; set; }
    public long? LastPostId { get; set; }

    public string Url => "/boards/" + Key;
    public bool IsArchived => ArchivedAt is not null;
    /// <summary>Changes with each save. The form carries it, to detect a concurrent save.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);

    /// <summary>
    /// Whether a reader may read a board. Parameters: the board, whether the reader moderates every board, the boards that they moderate
    /// else, whether they are a member, and their groups. The only place of this rule: <see cref="MayRead"/> applies it to one board,
    /// <see cref="Visibility"/> turns it into query conditions.
    /// </summary>
    internal static readonly Expression<Func<Board, bool, IEnumerable<long>, bool, IEnumerable<long>, bool>> ReadRule =
        (board, moderates, moderated, isMember, groups) =>
            moderates
            || moderated.Contains(board.Id)
            || board.Read == BoardReaders.Everyone
            || (isMember && (board.Read == BoardReaders.Members || board.Groups.Any(g => g.Reads && groups.Contains(g.GroupId))));

    static readonly Func<Board, bool, IEnumerable<long>, bool, IEnumerable<long>, bool> mayRead = ReadRule.Compile();

    /// <summary>The board must be loaded with its groups.</summary>
    public bool MayRead(Reader reader) => mayRead(this, reader.Moderates(), reader.ModeratedBoards(), reader.IsMember, reader.Groups);

    /// <summary>
    /// Whether a reader moderates this board: every board, or this one. Moderators see hidden topics and the text of hidden posts, and do
    /// what <see cref="Boards.Moderate"/> does. The same rule as a query: <see cref="Visibility.ModeratedBy"/>.
    /// </summary>
    public bool MayModerate(Reader reader) => reader.Moderates(Id);

    /// <summary>Whether anybody can read this board but not the other one. Both must be loaded with their groups.</summary>
    public bool ReachesBeyond(Board other)
    {
        // More groups never mean less access, so if there is such a reader, one of these is.
        Reader[] readers =
        [
            Reader.Visitor,
            Reader.Visitor with { Id = 0 },
            .. Groups.Select(g => Reader.Visitor with { Id = 0, Groups = new HashSet<long> { g.GroupId } }),
        ];
        return readers.Any(r => MayRead(r) && !other.MayRead(r));
    }

    /// <summary>
    /// Nobody writes in an archived board. In a read-only board ordinary members never write, whatever else is set: only staff do, or the
    /// groups named as writers.
    /// </summary>
    public bool MayWrite(Reader reader) => !IsArchived && reader.May(BoardsPermissions.Write) && MayRead(reader) &&
        (reader.May(BoardsPermissions.WriteAnnouncements)
         || TakesMembersPosts
         || (Write == BoardWriters.Groups && Groups.Any(g => g.Writes && reader.Groups.Contains(g.GroupId))));

    /// <summary>Whether every member who can read the board may write in it. If so, visitors are invited to sign in.</summary>
    public bool TakesMembersPosts => !IsArchived && Kind == BoardKind.Interactive && Write == BoardWriters.Members;

    /// <summary>The text key of the message for a reader who may not write.</summary>
    public string RefusesWriting => IsArchived ? "boards.refused.archived" : "boards.refused.write";

    /// <summary>The text key of why the reader may not start a topic; null if they may.</summary>
    public string? RefusesTopic(Reader reader) => reader.Hindrance ?? (MayWrite(reader) ? null : RefusesWriting);

    /// <summary>Creates a topic with its opening post. Checks <see cref="RefusesTopic"/> again: the form may be old.</summary>
    /// <param name="member">Who starts it.</param>
    /// <param name="title">Its title.</param>
    /// <param name="text">The opening post's text, as Markdown.</param>
    /// <param name="form">The key of the form that was sent, see <see cref="Post.FormKey"/>; null without a form.</param>
    /// <param name="now">When.</param>
    /// <exception cref="Refused">The member may not write here, or the title or text is invalid.</exception>
    public Topic StartTopic(Reader member, string title, string text, Guid? form, DateTime now)
    {
        if (RefusesTopic(member) is { } why) throw new Refused(why);
        title = PostText.Title(title) ?? throw new Refused("boards.refused.no-title");
        return Topic.Start(this, member.Id!.Value, title, text, form, now);
    }
}

/// <summary>What a group may do in a board whose readers or writers are groups.</summary>
public sealed class BoardGroup
{
    public long BoardId { get; set; }
    public long GroupId { get; set; }
    public bool Reads { get; set; }
    public bool Writes { get; set; }
}
