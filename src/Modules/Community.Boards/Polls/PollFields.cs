using Community.Kernel;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>What a form of a poll holds, as it was typed.</summary>
public sealed record PollFields
{
    public string Question { get; init; } = "";
    /// <summary>A line each.</summary>
    public string Options { get; init; } = "";
    public int? MaxChoices { get; init; } = 1;
    public PollResults Results { get; init; }
    public bool MayChange { get; init; }
    public bool IsNamed { get; init; }
    /// <summary>Null for none.</summary>
    public DateTime? EndsAt { get; init; }

    public static PollFields Of(Poll poll) => new()
    {
        Question = poll.Question,
        Options = poll.Options,
        MaxChoices = poll.MaxChoices,
        Results = poll.Results,
        MayChange = poll.MayChange,
        IsNamed = poll.IsNamed,
        EndsAt = poll.EndsAt,
    };

    /// <summary>The options, each on one line, without empty ones.</summary>
    public IReadOnlyList<string> Lines =>
        [.. Options.ReplaceLineEndings("\n").Split('\n').Where(l => !string.IsNullOrWhiteSpace(l)).Select(l => Naming.Read(l).Text)];

    /// <summary>What voters have answered: it stays once somebody has voted.</summary>
    public bool AsksTheSame(Poll poll) =>
        (Question, string.Join('\n', Lines), MaxChoices, MayChange, IsNamed)
        == (poll.Question, poll.Options, poll.MaxChoices, poll.MayChange, poll.IsNamed)
        // To show numbers that voters were told to be hidden would be another question too.
        && Results == poll.Results;

    /// <summary>Adds what is wrong to the fields.</summary>
    public void Check(Problems problems, IStringLocalizer texts, DateTime now)
    {
        try { if (PostText.Title(Question) is null) problems.Add("question", texts["boards.poll.question.missing"]); }
        catch (Refused refused) { problems.Add("question", texts[refused.Message]); }
        var typed = Options.ReplaceLineEndings("\n").Split('\n').Where(l => !string.IsNullOrWhiteSpace(l)).ToList();
        var lines = Lines;
        if (lines.Count is < Poll.MinOptions or > Poll.MaxOptions)
            problems.Add("options", texts["boards.poll.options.number", Poll.MinOptions, Poll.MaxOptions]);
        else if (typed.Select(l => Naming.Read(l).Problem).FirstOrDefault(p => p is not null) is { } wrong)
            problems.Add("options", texts[wrong]);
        else if (lines.Any(l => l.Length > Poll.MaxOptionLength))
            problems.Add("options", texts["boards.poll.options.long", Poll.MaxOptionLength]);
        else if (lines.Select(l => Folded.Of(l).Text).Distinct().Count() < lines.Count)
            problems.Add("options", texts["boards.poll.options.twice"]);
        if (MaxChoices is not >= 1 || MaxChoices > Math.Max(Poll.MinOptions, lines.Count))
            problems.Add("choices", texts["boards.poll.choices.range"]);
        if (EndsAt <= now) problems.Add("ends", texts["boards.poll.ends.past"]);
    }
}
