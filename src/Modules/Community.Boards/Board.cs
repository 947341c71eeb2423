using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;

namespace Community.Boards;

public enum BoardKind { Interactive, ReadOnly }

/// <summary>Who reads a board.</summary>
public enum BoardReaders { Everyone, Members, Groups }

/// <summary>Who writes in a board.</summary>
public enum BoardWriters { Members, Groups, Staff }

/// <summary>How a board and its topics are shown to who has not chosen.</summary>
public enum BoardView { Tree, Chronological }

/// <summary>A place for topics, with its own readers and writers.</summary>
public sealed class Board
{
    public const int MaxNameLength = 80, MaxDescriptionLength = 500;

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
    /// <summary>From then on it is read, and nobody writes.</summary>
    public DateTime? ArchivedAt { get; set; }
    public long? ArchivedBy { get; set; }
    /// <summary>When staff last saved what it is; null if nobody has since it was made.</summary>
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }
    public List<BoardGroup> Groups { get; set; } = [];

    // Moved by CountBoard, after the commit of what changed them.
    public int TopicCount { get; set; }
    public int PostCount { get; set; }
    public long? LastPostId { get; set; }

    public string Url => "/boards/" + Key;
    public bool IsArchived => ArchivedAt is not null;
    /// <summary>Moves with each save: a form carries it, so that it is seen when somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);

    /// <summary>
    /// Who reads a board: the board, whether the reader moderates, is a member, and the reader's groups. The one rule;
    /// <see cref="MayRead"/> asks it of one board, <see cref="Visibility"/> makes the condition of every query of it.
    /// </summary>
    internal static readonly Expression<Func<Board, bool, bool, IEnumerable<long>, bool>> ReadRule =
        (board, moderates, isMember, groups) =>
            moderates
            || board.Read == BoardReaders.Everyone
            || (isMember && (board.Read == BoardReaders.Members || board.Groups.Any(g => g.Reads && groups.Contains(g.GroupId))));

    static readonly Func<Board, bool, bool, IEnumerable<long>, bool> mayRead = ReadRule.Compile();

    /// <summary>The board is loaded with its groups.</summary>
    public bool MayRead(Reader reader) => mayRead(this, reader.Moderates(), reader.IsMember, reader.Groups);

    /// <summary>Whether somebody may read this one who may not read the other. Both are loaded with their groups.</summary>
    public bool ReachesBeyond(Board other)
    {
        // Being in more groups never takes a board away: if anybody may, then one of these.
        Reader[] readers =
        [
            Reader.Visitor,
            Reader.Visitor with { Id = 0 },
            .. Groups.Select(g => Reader.Visitor with { Id = 0, Groups = new HashSet<long> { g.GroupId } }),
        ];
        return readers.Any(r => MayRead(r) && !other.MayRead(r));
    }

    /// <summary>
    /// In an archived board nobody writes; in a read-only one members never do, whatever else is set: only staff, or the groups named for
    /// it.
    /// </summary>
    public bool MayWrite(Reader reader) => !IsArchived && reader.May(BoardsPermissions.Write) && MayRead(reader) &&
        (reader.May(BoardsPermissions.WriteAnnouncements)
         || TakesMembersWords
         || (Write == BoardWriters.Groups && Groups.Any(g => g.Writes && reader.Groups.Contains(g.GroupId))));

    /// <summary>Any member who reads here may write: what a visitor is told who could be one.</summary>
    public bool TakesMembersWords => !IsArchived && Kind == BoardKind.Interactive && Write == BoardWriters.Members;

    /// <summary>What to say to who may not write, as the key of a sentence.</summary>
    public string RefusesWriting => IsArchived ? "boards.refused.archived" : "boards.refused.write";

    /// <summary>A topic with its opening post. The caller has asked <see cref="MayWrite"/> to show the form; this asks again.</summary>
    /// <param name="member">Who starts it.</param>
    /// <param name="title">Its title.</param>
    /// <param name="text">The opening's text, as Markdown.</param>
    /// <param name="form">The key of the form that was sent, see <see cref="Post.FormKey"/>; null without a form.</param>
    /// <param name="now">When.</param>
    /// <exception cref="Refused">The member may not write here, or title or text do not fit.</exception>
    public Topic StartTopic(Reader member, string title, string text, Guid? form, DateTime now)
    {
        if (!MayWrite(member)) throw new Refused(RefusesWriting);
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
