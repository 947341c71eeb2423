using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Community.Boards;

/// <summary>Polls and reactions in archives: as values of a line of JSON, or as a field of a mail. docs/archives.md.</summary>
static class PollJson
{
    /// <summary>More names at one post, or in one poll, are left out: their numbers stay.</summary>
    const int MaxNames = 100_000;

    static readonly JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Utf8JsonWriter json, SourcePoll poll)
    {
        json.WriteStartObject();
        json.WriteString("question", poll.Question);
        json.WriteStartArray("options");
        foreach (var option in poll.Options) json.WriteStringValue(option);
        json.WriteEndArray();
        json.WriteNumber("maxChoices", poll.MaxChoices);
        json.WriteString("results", poll.Results.ToString());
        json.WriteBoolean("mayChange", poll.MayChange);
        json.WriteBoolean("named", poll.IsNamed);
        Moment("made", poll.MadeAt);
        Moment("ends", poll.EndsAt);
        Moment("closed", poll.ClosedAt);
        json.WriteStartObject("ballots");
        foreach (var (choices, count) in poll.Ballots.OrderBy(b => b.Key))
            json.WriteNumber(choices.ToString(CultureInfo.InvariantCulture), count);
        json.WriteEndObject();
        if (poll.Votes.Count > 0)
        {
            json.WriteStartArray("votes");
            foreach (var vote in poll.Votes)
            {
                json.WriteStartObject();
                json.WriteString("by", vote.Address);
                json.WriteNumber("choices", vote.Choices);
                json.WriteString("at", ArchiveNames.Exactly(vote.At));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();

        void Moment(string name, DateTime? at)
        {
            if (at is { } moment) json.WriteString(name, ArchiveNames.Exactly(moment));
        }
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, int> reactions)
    {
        json.WriteStartObject();
        foreach (var (emoji, count) in reactions.OrderBy(r => r.Key, StringComparer.Ordinal)) json.WriteNumber(emoji, count);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<SourceReacted> reacted)
    {
        json.WriteStartArray();
        foreach (var one in reacted)
        {
            json.WriteStartObject();
            json.WriteString("by", one.Address);
            json.WriteString("emoji", one.Emoji);
            json.WriteString("at", ArchiveNames.Exactly(one.At));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The same as a text, for a field.</summary>
    public static string Text(Action<Utf8JsonWriter> write)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content, options)) write(json);
        return Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length);
    }

    /// <summary>Null for what is none.</summary>
    public static SourcePoll? Poll(JsonElement poll)
    {
        if (poll.ValueKind is not JsonValueKind.Object || !poll.TryGetProperty("options", out var lines)
            || lines.ValueKind is not JsonValueKind.Array) return null;
        var ballots = new Dictionary<long, int>();
        if (poll.TryGetProperty("ballots", out var given) && given.ValueKind is JsonValueKind.Object)
            foreach (var one in given.EnumerateObject().Take(MaxNames))
                if (long.TryParse(one.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var choices)
                    && one.Value.ValueKind is JsonValueKind.Number && one.Value.TryGetInt32(out var count)) ballots[choices] = count;
        return new(String("question") ?? "", [.. lines.EnumerateArray().Take(Boards.Poll.MaxOptions + 1).Select(Plain)], ballots)
        {
            MaxChoices = poll.TryGetProperty("maxChoices", out var most) && most.ValueKind is JsonValueKind.Number
                && most.TryGetInt32(out var choices1) ? choices1 : 1,
            Results = Enum.TryParse<PollResults>(String("results"), out var results) && Enum.IsDefined(results) ? results : default,
            MayChange = Is("mayChange"),
            IsNamed = Is("named"),
            MadeAt = ArchiveNames.Read(String("made")),
            EndsAt = ArchiveNames.Read(String("ends")),
            ClosedAt = ArchiveNames.Read(String("closed")),
            Votes = [.. Items(poll, "votes").Where(v => v.Choices > 0).Select(v => new SourceVote(v.By, v.Choices, v.At))],
        };

        string? String(string name) =>
            poll.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        bool Is(string name) => poll.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True;
        static string Plain(JsonElement option) => option.ValueKind is JsonValueKind.String ? option.GetString()! : "";
    }

    /// <summary>Who reacted; what names nobody, no emoji or no time is left out.</summary>
    public static IReadOnlyList<SourceReacted> Reacted(JsonElement post) =>
        [.. Items(post, "reacted").Where(r => r.Emoji is not null).Select(r => new SourceReacted(r.By, r.Emoji!, r.At))];

    static IEnumerable<(string By, DateTime At, string? Emoji, long Choices)> Items(JsonElement of, string name)
    {
        if (!of.TryGetProperty(name, out var items) || items.ValueKind is not JsonValueKind.Array) yield break;
        foreach (var item in items.EnumerateArray().Where(i => i.ValueKind is JsonValueKind.Object).Take(MaxNames))
            if (ReadJson.AddressOf(Word(item, "by")) is { } by && ArchiveNames.Read(Word(item, "at")) is { } at)
                yield return (by, at, Word(item, "emoji"),
                    item.TryGetProperty("choices", out var given) && given.ValueKind is JsonValueKind.Number
                        && given.TryGetInt64(out var choices) ? choices : 0);

        static string? Word(JsonElement of, string name) =>
            of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>Emoji with numbers; what is no number is left out.</summary>
    public static IReadOnlyDictionary<string, int> Reactions(JsonElement given)
    {
        var reactions = new Dictionary<string, int>();
        if (given.ValueKind is JsonValueKind.Object)
            foreach (var one in given.EnumerateObject())
                if (reactions.Count < Reaction.MaxMade && one.Value.ValueKind is JsonValueKind.Number
                    && one.Value.TryGetInt32(out var count) && count > 0) reactions[one.Name] = count;
        return reactions;
    }

    /// <summary>Of a field; nothing for what is no JSON.</summary>
    public static T? Field<T>(string? text, Func<JsonElement, T?> read) where T : class
    {
        if (text is null) return null;
        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = 8 });
            return read(document.RootElement);
        }
        // A text that is no text: half of a pair of surrogates.
        catch (Exception error) when (error is JsonException or InvalidOperationException) { return null; }
    }
}
