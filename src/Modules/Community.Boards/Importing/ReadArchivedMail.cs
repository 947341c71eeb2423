using System.Globalization;
using Community.Kernel;
using MimeKit;

namespace Community.Boards;

/// <summary>Makes a post of a mail that <see cref="WriteMbox"/> has written: what it says is taken as it is.</summary>
static class ReadArchivedMail
{
    public static bool IsOne(MimeMessage mail) => mail.Headers[ArchiveFields.Format] == ArchiveFields.Markdown;

    /// <param name="mail">The mail.</param>
    /// <param name="post">What every mail says: key, what it answers, author and date.</param>
    public static SourcePost Of(MimeMessage mail, SourcePost post)
    {
        var parts = mail.Body is Multipart multipart ? multipart.OfType<MimePart>().ToList() : mail.Body is MimePart one ? [one] : [];
        var text = parts.OfType<TextPart>().FirstOrDefault(p => !p.Headers.Contains(ArchiveFields.Written) && !IsFile(p));
        // As long as three times a key: read here, where that is known.
        var escaped = mail.Headers[ArchiveFields.Keys] == ArchiveFields.Escaped;
        return post with
        {
            Key = escaped && Key(mail.Headers[HeaderId.MessageId], escaped) is { } own ? own : post.Key,
            Answers = !escaped ? [.. post.Answers.Take(1)] : Key(mail.Headers[HeaderId.InReplyTo], escaped) is { } above ? [above] : [],
            Thread = Key(mail.Headers[ArchiveFields.Topic], escaped),
            Number = int.TryParse(mail.Headers[ArchiveFields.Number], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null,
            KnowsTitle = true,
            Title = Words(mail.Headers, ArchiveFields.Title),
            AuthorName = AuthorOf(mail),
            Address = post.Address == ArchiveNames.Nobody ? null : post.Address,
            EditedAt = Moment(mail.Headers, ArchiveFields.Edited),
            Text = text is null ? "" : TextOf(text),
            Files = [.. parts.Where(IsFile).Select(FileOf)],
            Versions = [.. parts.OfType<TextPart>().Where(p => p.Headers.Contains(ArchiveFields.Written)).Select(VersionOf)],
            Notes = [],
            Reactions = PollJson.Field(Words(mail.Headers, ArchiveFields.Reactions), PollJson.Reactions) ?? new Dictionary<string, int>(),
            Poll = PollJson.Field(Words(mail.Headers, ArchiveFields.Poll), PollJson.Poll),
            State = new()
            {
                DeletedAt = Moment(mail.Headers, ArchiveFields.Deleted),
                HiddenAt = Moment(mail.Headers, ArchiveFields.Hidden),
                HiddenReason = Words(mail.Headers, ArchiveFields.HiddenReason),
                PinnedAt = Moment(mail.Headers, ArchiveFields.Pinned),
                LockedAt = Moment(mail.Headers, ArchiveFields.Locked),
                ArchivedAt = Moment(mail.Headers, ArchiveFields.Archived),
                TopicHiddenAt = Moment(mail.Headers, ArchiveFields.TopicHidden),
                TopicHiddenReason = Words(mail.Headers, ArchiveFields.TopicHiddenReason),
            },
        };
    }

    static bool IsFile(MimePart part) => part.Headers[ArchiveFields.File] is { } mark && ArchiveNames.IsMark(mark.Trim());

    static SourceFile FileOf(MimePart part)
    {
        using var content = new MemoryStream();
        part.Content?.DecodeTo(content);
        var name = Words(part.Headers, ArchiveFields.Name) ?? part.FileName ?? "file";
        return new(name, content.ToArray()) { Mark = part.Headers[ArchiveFields.File]!.Trim() };
    }

    static SourceVersion VersionOf(TextPart part) => new(
        Words(part.Headers, ArchiveFields.Title), TextOf(part), Moment(part.Headers, ArchiveFields.Written) ?? DateTime.UnixEpoch,
        Moment(part.Headers, ArchiveFields.Replaced) ?? DateTime.UnixEpoch);

    // Not as other mails: no line of it is another one's, and other signs that end a line are signs of the text.
    static string TextOf(TextPart part)
    {
        using var content = new MemoryStream();
        part.Content?.DecodeTo(content);
        return MailCharsets.Decode(content.GetBuffer().AsSpan(0, (int)content.Length), "utf-8");
    }

    static string AuthorOf(MimeMessage mail)
    {
        var from = mail.Headers.FirstOrDefault(h => h.Id is HeaderId.From) is { } header ? MailCharsets.Header(header.RawValue) : "";
        return from.LastIndexOf('<') is > 0 and var at ? from[..at].Trim() : "";
    }

    static string? Key(string? value, bool escaped)
    {
        var key = value?.Trim().Trim('<', '>') ?? "";
        if (escaped) key = Uri.UnescapeDataString(string.Concat(key.Where(c => !char.IsWhiteSpace(c))));
        return ReadJson.WholeKey(key);
    }

    static string? Words(HeaderList headers, string field) =>
        headers.FirstOrDefault(h => h.Field.Equals(field, StringComparison.OrdinalIgnoreCase)) is { } header
            ? MailCharsets.Header(header.RawValue)
            : null;

    static DateTime? Moment(HeaderList headers, string field) => ArchiveNames.Read(headers[field]);
}
