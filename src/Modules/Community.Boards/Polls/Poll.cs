using System.Globalization;
using System.Numerics;
using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>Who sees the numbers of a poll that is not over.</summary>
public enum PollResults
{
    Always,
    /// <summary>Whoever has voted.</summary>
    AfterVoting,
    /// <summary>Nobody; its author neither.</summary>
    AfterEnd,
}

/// <summary>
/// A question of a topic that members answer by choosing. The row has its numbers, so that a page shows them without counting: they move
/// under its lock with each vote.
/// </summary>
public sealed class Poll
{
    public const int MinOptions = 2, MaxOptions = 20, MaxOptionLength = 100;

    public long Id { get; set; }
    public long TopicId { get; set; }
    public Topic Topic { get; set; } = null!;
    public required string Question { get; set; }
    /// <summary>A line each.</summary>
    public required string Options { get; set; }
    /// <summary>How many chose each option, in the same order: <c>3 0 12</c>.</summary>
    public string Counts { get; set; } = "";
    public int Voters { get; set; }
    /// <summary>How many options one member may choose; 1 for one of them.</summary>
    public int MaxChoices { get; set; } = 1;
    public PollResults Results { get; set; }
    /// <summary>Whether a member may choose anew, or take the vote back.</summary>
    public bool MayChange { get; set; }
    /// <summary>Whether members see who chose what; else nobody does.</summary>
    public bool IsNamed { get; set; }
    public DateTime? EndsAt { get; set; }
    public DateTime? ClosedAt { get; set; }
    public long? ClosedBy { get; set; }
    public DateTime MadeAt { get; set; }
    public long? MadeBy { get; set; }
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    /// <summary>Changes with each save; see <see cref="EditConflict"/>.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt ?? MadeAt);
    public IReadOnlyList<string> Lines => Options.Split('\n');

    /// <summary>The numbers of the options.</summary>
    public IReadOnlyList<int> Numbers
    {
        get
        {
            var kept = Counts.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return [.. Lines.Select((_, i) => i < kept.Length ? int.Parse(kept[i], CultureInfo.InvariantCulture) : 0)];
        }
    }

    /// <summary>Asked by the time at each act, so nothing has to run for it.</summary>
    public bool IsOver(DateTime now) => ClosedAt is not null || EndsAt <= now;

    /// <summary>Whether a reader who voted, or not, sees the numbers.</summary>
    public bool ShowsResults(bool hasVoted, DateTime now) =>
        Results is PollResults.Always || IsOver(now) || (Results is PollResults.AfterVoting && hasVoted);

    /// <summary>The text key of why the reader may not vote; null if they may. The topic is loaded with its board.</summary>
    /// <param name="reader">Who asks.</param>
    /// <param name="topic">The poll's topic.</param>
    /// <param name="hasVoted">Whether they have voted.</param>
    /// <param name="now">When.</param>
    public string? RefusesVote(Reader reader, Topic topic, bool hasVoted, DateTime now) =>
        reader.Hindrance
        ?? (!reader.May(BoardsPermissions.Write) || topic.HiddenAt is not null ? "boards.poll.refused"
            : topic.RefusesAll() is { } archived ? archived
            : IsOver(now) ? "boards.poll.refused.over"
            : hasVoted && !MayChange ? "boards.poll.refused.once"
            : null);

    /// <summary>The text key of why the reader may not make or change the poll of a topic; null if they may.</summary>
    public static string? RefusesWriting(Reader reader, Topic topic) =>
        reader.Hindrance
        ?? (!MayManage(reader, topic) || !topic.Board.MayWrite(reader) || topic.HiddenAt is not null ? "boards.poll.refused.author"
            : topic.RefusesAll() is { } archived ? archived
            : topic.LockedAt is not null && !topic.Board.MayModerate(reader) ? "boards.refused.locked"
            : null);

    /// <summary>The topic's author and its moderators.</summary>
    public static bool MayManage(Reader reader, Topic topic) =>
        reader.May(BoardsPermissions.Write) && (reader.Is(topic.AuthorId) || topic.Board.MayModerate(reader));

    /// <summary>Whether these are some of its options, and no more than one member may choose.</summary>
    public bool Takes(long choices) =>
        choices > 0 && choices < 1L << Lines.Count && BitOperations.PopCount((ulong)choices) <= MaxChoices;

    /// <summary>Counts that a member's choice has become another; 0 for none.</summary>
    internal void Count(long before, long after)
    {
        Counts = string.Join(' ', Numbers.Select((n, i) => n + Has(after, i) - Has(before, i)));
        Voters += (after == 0 ? 0 : 1) - (before == 0 ? 0 : 1);

        static int Has(long choices, int option) => (int)((choices >> option) & 1);
    }

    /// <summary>Counts all ballots anew.</summary>
    internal void Recount(IReadOnlyCollection<long> ballots)
    {
        (Counts, Voters) = ("", 0);
        var numbers = new int[Lines.Count];
        foreach (var choices in ballots)
            for (var i = 0; i < numbers.Length; i++) numbers[i] += (int)((choices >> i) & 1);
        (Counts, Voters) = (string.Join(' ', numbers), ballots.Count);
    }
}

/// <summary>What a member chose. The vote of a member who is erased stays, as that of a former member.</summary>
public sealed class PollBallot
{
    public long Id { get; set; }
    public long PollId { get; set; }
    public Poll Poll { get; set; } = null!;
    public long? MemberId { get; set; }
    /// <summary>The options as bits: 1 for the first, 2 for the second, 4 for the third. 0 for a vote that was taken back.</summary>
    public long Choices { get; set; }
    public DateTime At { get; set; }
}
