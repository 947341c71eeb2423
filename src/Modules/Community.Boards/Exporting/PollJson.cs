using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Community.Boards;

/// <summary>Polls and numbers of reactions in archives: as values of a line of JSON, or as a field of a mail. docs/archives.md.</summary>
static class PollJson
{
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
            foreach (var one in given.EnumerateObject())
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
        };

        string? String(string name) =>
            poll.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        bool Is(string name) => poll.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True;
        static string Plain(JsonElement option) => option.ValueKind is JsonValueKind.String ? option.GetString()! : "";
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
        catch (JsonException) { return null; }
    }
}
