using System.Numerics;
using Community.Kernel;

namespace Community.Boards;

/// <summary>The poll of a topic as a file has it: how many chose what, and who, as far as it says so.</summary>
/// <param name="Question">The question.</param>
/// <param name="Options">What can be chosen.</param>
/// <param name="Ballots">How many members chose these options, as bits: 1 for the first, 2 for the second, 3 for both.</param>
public sealed record SourcePoll(string Question, IReadOnlyList<string> Options, IReadOnlyDictionary<long, int> Ballots)
{
    /// <summary>More ballots than a site has members; a file may say anything.</summary>
    const int MaxBallots = 200_000;

    public int MaxChoices { get; init; } = 1;
    public PollResults Results { get; init; }
    public bool MayChange { get; init; }
    public bool IsNamed { get; init; }
    public DateTime? MadeAt { get; init; }
    public DateTime? EndsAt { get; init; }
    public DateTime? ClosedAt { get; init; }
    /// <summary>Who chose what. They are among <see cref="Ballots"/>.</summary>
    public IReadOnlyList<SourceVote> Votes { get; init; } = [];

    /// <summary>The same within the limits of polls; null if it is none.</summary>
    internal SourcePoll? Fitted()
    {
        List<string> options = [.. Options.Select(o => SourcePost.TitleOf(o) is { } line ? Truncate.To(Poll.MaxOptionLength, line) : "")];
        if (SourcePost.TitleOf(Question) is not { } question || options.Count is < Poll.MinOptions or > Poll.MaxOptions
            || options.Contains("")) return null;
        var most = Math.Clamp(MaxChoices, 1, options.Count);
        var ballots = Ballots.Where(b => b.Value > 0 && b.Key > 0 && b.Key < 1L << options.Count
            && BitOperations.PopCount((ulong)b.Key) <= most).ToDictionary();
        return ballots.Values.Sum(v => (long)v) > MaxBallots ? null
            : this with { Question = question, Options = options, MaxChoices = most, Ballots = ballots };
    }

    /// <summary>
    /// The poll of a topic here: with the votes of those who are members, and as many votes of nobody as are left. In a secret poll nobody
    /// has a name, whatever the file says.
    /// </summary>
    /// <param name="topic">The topic's id.</param>
    /// <param name="author">Its author.</param>
    /// <param name="at">When the topic was begun.</param>
    /// <param name="memberOf">The member of an address; null if there is none.</param>
    internal (Poll Poll, List<PollBallot> Ballots) Of(long topic, long? author, DateTime at, Func<string, long?> memberOf)
    {
        var poll = new Poll
        {
            TopicId = topic,
            Question = Question,
            Options = string.Join('\n', Options),
            MaxChoices = MaxChoices,
            Results = Results,
            MayChange = MayChange,
            IsNamed = IsNamed,
            EndsAt = EndsAt,
            ClosedAt = ClosedAt,
            MadeAt = MadeAt ?? at,
            MadeBy = author,
        };
        var left = Ballots.ToDictionary();
        var ballots = new List<PollBallot>();
        var voted = new HashSet<long>();
        foreach (var vote in IsNamed ? Votes : [])
        {
            if (memberOf(vote.Address) is not { } member || left.GetValueOrDefault(vote.Choices) == 0 || !voted.Add(member)) continue;
            left[vote.Choices]--;
            ballots.Add(new() { Poll = poll, MemberId = member, Choices = vote.Choices, At = vote.At });
        }
        ballots.AddRange(left.OrderBy(b => b.Key).SelectMany(b => Enumerable.Repeat(b.Key, b.Value))
            .Select(choices => new PollBallot { Poll = poll, Choices = choices, At = MadeAt ?? at }));
        poll.Recount([.. ballots.Select(b => b.Choices)]);
        return (poll, ballots);
    }
}

/// <summary>Somebody's vote.</summary>
/// <param name="Address">As of an author.</param>
/// <param name="Choices">Which options, as bits.</param>
/// <param name="At">When.</param>
public sealed record SourceVote(string Address, long Choices, DateTime At);
