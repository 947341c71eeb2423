using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Reactions and votes in the export of a member's data: where, when, and what was chosen. The rows have numbers alone.</summary>
static class OwnAnswers
{
    /// <summary>Rows whose posts or polls are asked for together.</summary>
    const int Batch = 500;

    public static async Task Reactions(SiteDb db, IReadOnlyList<PostReaction> rows, Utf8JsonWriter json, bool masked)
    {
        var emoji = await SiteReactions.Emoji(db, default);
        foreach (var some in rows.OrderBy(r => r.At).ThenBy(r => r.PostId).Chunk(Batch))
        {
            var ids = some.Select(r => r.PostId).Distinct().ToList();
            var places = await db.Posts.Where(p => ids.Contains(p.Id)).Select(p => new { p.Id, p.Topic.Board.Key, p.TopicId, p.Number })
                .ToDictionaryAsync(p => p.Id, p => $"/boards/{p.Key}/{p.TopicId}/posts/{p.Number}");
            foreach (var row in some)
            {
                json.WriteStartObject();
                json.WriteString("post", places.GetValueOrDefault(row.PostId));
                json.WriteString("reaction", emoji.GetValueOrDefault(row.ReactionId, ""));
                json.WriteString("at", row.At);
                json.WriteEndObject();
            }
        }
    }

    public static async Task Votes(SiteDb db, IReadOnlyList<PollBallot> rows, Utf8JsonWriter json, bool masked)
    {
        // Whose vote was taken back keeps an empty ballot.
        foreach (var some in rows.Where(b => b.Choices > 0).OrderBy(b => b.At).ThenBy(b => b.Id).Chunk(Batch))
        {
            var ids = some.Select(b => b.PollId).Distinct().ToList();
            var polls = await db.Polls.AsNoTracking().Include(p => p.Topic.Board).Where(p => ids.Contains(p.Id))
                .ToDictionaryAsync(p => p.Id);
            foreach (var row in some)
            {
                var poll = polls[row.PollId];
                json.WriteStartObject();
                json.WriteString("topic", $"/boards/{poll.Topic.Board.Key}/{poll.TopicId}");
                json.WriteString("question", Shown(poll.Question));
                json.WriteString("chosen", Shown(string.Join("\n", poll.Lines.Where((_, i) => ((row.Choices >> i) & 1) == 1))));
                json.WriteString("at", row.At);
                json.WriteEndObject();
            }
        }

        string Shown(string text) => masked ? EmailAddress.MaskedText(text) : text;
    }
}
