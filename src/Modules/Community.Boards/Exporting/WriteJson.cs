using System.Text.Encodings.Web;
using System.Text.Json;

namespace Community.Boards;

/// <summary>Writes posts as lines of JSON, in the form that docs/archives.md describes and <see cref="JsonSource"/> reads.</summary>
sealed class WriteJson(Stream to) : IWriteArchive
{
    static readonly JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    readonly Utf8JsonWriter json = new(to, options);

    public async Task Write(ArchivedPost archived, CancellationToken ct)
    {
        var (post, state) = (archived.Post, archived.Post.State);
        json.Reset();
        json.WriteStartObject();
        json.WriteString("id", post.Key);
        json.WriteString("topic", post.Thread);
        if (post.Answers.Count > 0) json.WriteString("answers", post.Answers[0]);
        if (post.Number is { } number) json.WriteNumber("number", number);
        if (post.AuthorName.Length > 0) json.WriteString("author", post.AuthorName);
        json.WriteString("address", post.Address);
        json.WriteString("at", ArchiveNames.Exactly(post.At!.Value));
        if (post.Number is null or 1 && post.Subject.Length > 0) json.WriteString("subject", post.Subject);
        if (post.Title is { } title) json.WriteString("title", title);
        json.WriteString("text", post.Text);
        if (post.IsPrivate) json.WriteBoolean("private", true);
        Moment("edited", post.EditedAt);
        Moment("deleted", state.DeletedAt);
        Moment("hidden", state.HiddenAt);
        if (state.HiddenReason is { Length: > 0 } reason) json.WriteString("hiddenReason", reason);
        Moment("pinned", state.PinnedAt);
        Moment("locked", state.LockedAt);
        Moment("archived", state.ArchivedAt);
        Moment("topicHidden", state.TopicHiddenAt);
        if (state.TopicHiddenReason is { Length: > 0 } why) json.WriteString("topicHiddenReason", why);
        if (post.Reactions.Count > 0)
        {
            json.WritePropertyName("reactions");
            PollJson.Write(json, post.Reactions);
        }
        if (post.Reacted.Count > 0)
        {
            json.WritePropertyName("reacted");
            PollJson.Write(json, post.Reacted);
        }
        if (post.Poll is { } poll)
        {
            json.WritePropertyName("poll");
            PollJson.Write(json, poll);
        }
        if (post.Versions.Count > 0)
        {
            json.WriteStartArray("versions");
            foreach (var version in post.Versions)
            {
                json.WriteStartObject();
                if (version.Title is { } before) json.WriteString("title", before);
                json.WriteString("text", version.Text);
                Moment("written", version.WrittenAt);
                Moment("replaced", version.ReplacedAt);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (archived.Files.Count > 0)
        {
            json.WriteStartArray("files");
            foreach (var file in archived.Files)
            {
                json.WriteStartObject();
                json.WriteString("name", file.Name);
                json.WriteString("mark", file.Mark);
                json.WriteBase64String("content", await File.ReadAllBytesAsync(file.Path, ct));
                json.WriteEndObject();
                await json.FlushAsync(ct);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        await json.FlushAsync(ct);
        await to.WriteAsync("\n"u8.ToArray(), ct);
    }

    void Moment(string name, DateTime? at)
    {
        if (at is { } moment) json.WriteString(name, ArchiveNames.Exactly(moment));
    }
}
