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
    public List<BoardGroup> Groups { get; set; } = [];

    // Moved by CountBoard, after the commit of what changed them.
    public int TopicCount { get; set; }
    public int PostCount { get; set; }
    public long? LastPostId { get; set; }

    public string Url => "/boards/" + Key;
    public bool IsArchived => ArchivedAt is not null;

    public bool MayRead(Reader reader) => reader.Moderates() || Read switch
    {
        BoardReaders.Everyone => true,
        BoardReaders.Members => reader.IsMember,
        _ => reader.IsMember && Groups.Any(g => g.Reads && reader.Groups.Contains(g.GroupId)),
    };

    /// <summary>Whether somebody may read this one who may not read the other. Both are loaded with their groups.</summary>
    public bool ReachesBeyond(Board other) => (Read, other.Read) switch
    {
        (_, BoardReaders.Everyone) => false,
        (BoardReaders.Everyone, _) => true,
        (_, BoardReaders.Members) => false,
        (BoardReaders.Members, _) => true,
        _ => Groups.Where(g => g.Reads).Any(g => !other.Groups.Any(o => o.Reads && o.GroupId == g.GroupId)),
    };

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
    /// <exception cref="Refused">The member may not write here, or the words do not fit.</exception>
    public Topic StartTopic(Reader member, string title, string text, DateTime now)
    {
        if (!MayWrite(member)) throw new Refused(RefusesWriting);
        title = PostText.Title(title) ?? throw new Refused("boards.refused.no-title");
        return Topic.Start(this, member.Id!.Value, title, text, now);
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

/// <summary>An act that the rules of a board or topic do not allow; the key is that of a sentence for the reader.</summary>
public sealed class Refused(string text) : Exception(text);
