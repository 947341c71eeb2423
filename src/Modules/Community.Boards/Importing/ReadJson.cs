using System.Text;
using System.Text.Json;
using Community.Kernel;

namespace Community.Boards;

/// <summary>Makes a post of a line of JSON in the form that docs/archives.md describes.</summary>
static class ReadJson
{
    const int MaxFiles = 200;

    /// <exception cref="SourceBroken">It is no post.</exception>
    public static SourcePost Of(ReadOnlyMemory<byte> line, DateTime now)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new() { MaxDepth = 8 });
            return document.RootElement.ValueKind is JsonValueKind.Object ? Of(document.RootElement, line.Span, now) : throw Broken();
        }
        catch (JsonException) { throw Broken(); }
        // A name that is no text, or content that is no Base64.
        catch (Exception error) when (error is InvalidOperationException or FormatException) { throw Broken(); }
    }

    /// <summary>What of a line that is no post can still be told.</summary>
    public static (string? Key, string Subject) Glimpse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var post = document.RootElement;
            return post.ValueKind is JsonValueKind.Object
                ? (Key(post, "id"), Text(post, "subject") ?? Text(post, "title") ?? "")
                : (null, "");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) { return (null, ""); }
    }

    static SourceBroken Broken() => new("boards.import.bad.json");

    static SourcePost Of(JsonElement post, ReadOnlySpan<byte> line, DateTime now)
    {
        var at = Moment(post, "at");
        if (at is { } said && !ReadMail.IsTrue(said, now)) at = null;
        var (title, subject) = (Text(post, "title"), Text(post, "subject"));
        var answers = Key(post, "answers");
        return new()
        {
            Key = Key(post, "id") ?? KeyOf(line),
            Thread = Key(post, "topic"),
            Answers = answers is null ? [] : [answers],
            Number = post.TryGetProperty("number", out var number) && number.ValueKind is JsonValueKind.Number
                && number.TryGetInt32(out var given) ? given : null,
            // Of what opens a topic by hand, the title is the topic's.
            Subject = subject ?? title ?? "",
            KnowsTitle = true,
            Title = subject is null && answers is null ? null : title,
            AuthorName = Text(post, "author") ?? "",
            Address = AddressOf(Text(post, "address")),
            At = at,
            EditedAt = Moment(post, "edited"),
            Text = Text(post, "text") ?? "",
            IsPrivate = post.TryGetProperty("private", out var closed) && closed.ValueKind is JsonValueKind.True,
            Versions = [.. Items(post, "versions").Take(SourcePost.MaxVersions).Select(v => new SourceVersion(
                Text(v, "title"), Text(v, "text") ?? "", Moment(v, "written") ?? DateTime.UnixEpoch,
                Moment(v, "replaced") ?? DateTime.UnixEpoch))],
            Files = [.. Items(post, "files").Take(MaxFiles).Select(FileOf)],
            Reactions = post.TryGetProperty("reactions", out var given1) ? PollJson.Reactions(given1) : new Dictionary<string, int>(),
            Reacted = PollJson.Reacted(post),
            Poll = post.TryGetProperty("poll", out var poll) ? PollJson.Poll(poll) : null,
            State = new()
            {
                DeletedAt = Moment(post, "deleted"),
                HiddenAt = Moment(post, "hidden"),
                HiddenReason = Text(post, "hiddenReason"),
                PinnedAt = Moment(post, "pinned"),
                LockedAt = Moment(post, "locked"),
                ArchivedAt = Moment(post, "archived"),
                TopicHiddenAt = Moment(post, "topicHidden"),
                TopicHiddenReason = Text(post, "topicHiddenReason"),
            },
        };
    }

    static SourceFile FileOf(JsonElement file) => new(Text(file, "name") ?? "file", file.GetProperty("content").GetBytesFromBase64())
    {
        Mark = Text(file, "mark") is { } mark && ArchiveNames.IsMark(mark) ? mark : null,
    };

    static IEnumerable<JsonElement> Items(JsonElement of, string name) =>
        of.TryGetProperty(name, out var items) && items.ValueKind is JsonValueKind.Array ? items.EnumerateArray() : [];

    static string? Text(JsonElement of, string name) => !of.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    internal static string? Key(string? text) => WholeKey(text?.Trim());

    /// <summary>A key with the spaces at its ends, which our own archives keep.</summary>
    internal static string? WholeKey(string? key) => key is { Length: > 0 and <= ImportedPost.MaxKey }
        && Characters.Legible(key) is var legible && legible.IndexOf('\0') < 0 ? legible : null;

    static string? Key(JsonElement of, string name) => Key(Text(of, name));

    internal static string KeyOf(ReadOnlySpan<byte> content) =>
        "content:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content))[..32];

    internal static string? AddressOf(string? typed) =>
        EmailAddress.TryParse(typed, out var address) && address.Text != ArchiveNames.Nobody ? address.Text : null;

    static DateTime? Moment(JsonElement of, string name) => ArchiveNames.Read(Text(of, name));
}
