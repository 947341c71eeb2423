using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Community.Boards;

/// <summary>
/// Writes posts as mails of a mailbox file (see <see cref="MboxReader"/>): every mail program shows them with their tree, and
/// <see cref="ReadArchivedMail"/> finds all of them again. The same posts give the same octets.
/// </summary>
public sealed class WriteMbox(Stream to) : IWriteArchive
{
    /// <summary>Octets of a file that make one line of Base64, and those that are read at once.</summary>
    const int LineOctets = 57, Piece = LineOctets * 1024;
    /// <summary>RFC 2047: an encoded word has at most 75 characters.</summary>
    const int WordOctets = 45;

    public async Task Write(ArchivedPost archived, CancellationToken ct)
    {
        var (post, files) = (archived.Post, archived.Files);
        string[] keys = [post.Key, post.Thread ?? "", .. post.Answers.Take(1)];
        var escaped = !keys.All(ArchiveNames.IsPlain);
        if (escaped) keys = [.. keys.Select(ArchiveNames.InMail)];
        var (key, thread) = (keys[0], keys[1]);
        var head = new StringBuilder();
        head.Append("From ").Append(post.Address).Append(' ').Append(MboxReader.DateOf(post.At!.Value)).Append('\n');
        Field(head, "Message-ID", $"<{key}>");
        if (keys is [_, _, var answers])
        {
            Field(head, "In-Reply-To", $"<{answers}>");
            Field(head, "References", answers == thread ? $"<{thread}>" : $"<{thread}>\n <{answers}>");
        }
        Field(head, "Date", post.At.Value.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Field(
            head,
            "From",
            post.AuthorName.Length > 0 ? $"{Encoded(post.AuthorName, always: true)} <{post.Address}>" : $"<{post.Address}>"
        );
        Field(head, "Subject", Encoded(post.Subject));
        Field(head, ArchiveFields.Format, ArchiveFields.Markdown);
        if (escaped) Field(head, ArchiveFields.Keys, ArchiveFields.Escaped);
        Field(head, ArchiveFields.Date, ArchiveNames.Exactly(post.At.Value));
        Field(head, ArchiveFields.Topic, $"<{thread}>");
        Field(head, ArchiveFields.Number, post.Number!.Value.ToString(CultureInfo.InvariantCulture));
        if (post.Title is { } title) Field(head, ArchiveFields.Title, Encoded(title));
        Moment(head, ArchiveFields.Edited, post.EditedAt);
        Moment(head, ArchiveFields.Deleted, post.State.DeletedAt);
        Moment(head, ArchiveFields.Hidden, post.State.HiddenAt);
        if (post.State.HiddenReason is { Length: > 0 } reason) Field(head, ArchiveFields.HiddenReason, Encoded(reason));
        Moment(head, ArchiveFields.Pinned, post.State.PinnedAt);
        Moment(head, ArchiveFields.Locked, post.State.LockedAt);
        Moment(head, ArchiveFields.Archived, post.State.ArchivedAt);
        Moment(head, ArchiveFields.TopicHidden, post.State.TopicHiddenAt);
        if (post.State.TopicHiddenReason is { Length: > 0 } why) Field(head, ArchiveFields.TopicHiddenReason, Encoded(why));
        if (post.Reactions.Count > 0)
            Field(head, ArchiveFields.Reactions, Encoded(PollJson.Text(json => PollJson.Write(json, post.Reactions))));
        if (post.Poll is { } poll) Field(head, ArchiveFields.Poll, Encoded(PollJson.Text(json => PollJson.Write(json, poll))));
        Field(head, "MIME-Version", "1.0");
        if (files.Count == 0 && post.Versions.Count == 0)
        {
            Text(head);
            await Put(head, ct);
            await Put(new StringBuilder(Quoted(post.Text)).Append("\n\n"), ct);
            return;
        }
        var boundary = BoundaryOf(post, files);
        Field(head, "Content-Type", $"multipart/mixed; boundary=\"{boundary}\"");
        head.Append('\n');
        Part(head, boundary);
        Text(head);
        head.Append(Quoted(post.Text)).Append('\n');
        foreach (var version in post.Versions)
        {
            Part(head, boundary);
            Moment(head, ArchiveFields.Written, version.WrittenAt);
            Moment(head, ArchiveFields.Replaced, version.ReplacedAt);
            if (version.Title is { } before) Field(head, ArchiveFields.Title, Encoded(before));
            Field(head, "Content-Disposition", "attachment; filename=\"version.md\"");
            Text(head);
            head.Append(Quoted(version.Text)).Append('\n');
        }
        await Put(head, ct);
        foreach (var file in files) await File(file, boundary, ct);
        await Put(new StringBuilder($"--{boundary}--\n\n"), ct);
    }

    static void Text(StringBuilder head)
    {
        Field(head, "Content-Type", "text/markdown; charset=utf-8");
        Field(head, "Content-Transfer-Encoding", "8bit");
        head.Append('\n');
    }

    async Task File(ArchivedFile file, string boundary, CancellationToken ct)
    {
        var head = new StringBuilder();
        Part(head, boundary);
        Field(head, ArchiveFields.File, file.Mark);
        Field(head, ArchiveFields.Name, Encoded(file.Name));
        Field(head, "Content-Type", file.MediaType);
        Field(head, "Content-Disposition", $"attachment; filename*=UTF-8''{Uri.EscapeDataString(file.Name)}");
        Field(head, "Content-Transfer-Encoding", "base64");
        head.Append('\n');
        await Put(head, ct);
        await using var content = System.IO.File.OpenRead(file.Path);
        var piece = new byte[Piece];
        for (int read; (read = await content.ReadAtLeastAsync(piece, Piece, throwOnEndOfStream: false, ct)) > 0;)
            for (var at = 0; at < read; at += LineOctets)
            {
                await to.WriteAsync(Encoding.ASCII.GetBytes(Convert.ToBase64String(piece, at, Math.Min(LineOctets, read - at))), ct);
                await to.WriteAsync(newLine, ct);
            }
    }

    static readonly byte[] newLine = [(byte)'\n'];

    Task Put(StringBuilder text, CancellationToken ct) => to.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), ct).AsTask();

    static void Field(StringBuilder head, string name, string value) => head.Append(name).Append(": ").Append(value).Append('\n');

    static void Moment(StringBuilder head, string name, DateTime? at)
    {
        if (at is { } moment) Field(head, name, ArchiveNames.Exactly(moment));
    }

    static void Part(StringBuilder head, string boundary) => head.Append("--").Append(boundary).Append('\n');

    /// <summary>mboxrd: a line that begins with "From ", or with that behind signs of quotation, gets one more.</summary>
    static string Quoted(string text) => text.Contains("From ", StringComparison.Ordinal)
        ? string.Join('\n', text.Split('\n').Select(l => l.AsSpan().TrimStart('>').StartsWith("From ") ? ">" + l : l))
        : text;

    // A text cannot have the digest of itself, so nobody can write a line that ends a part.
    static string BoundaryOf(SourcePost post, IReadOnlyList<ArchivedFile> files)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in post.Versions.Select(v => v.Text).Prepend(post.Text).Prepend(post.Key).Concat(files.Select(f => f.Mark)))
            digest.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        return "=_" + Convert.ToHexStringLower(digest.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>Words of a header; what is not plain as encoded words, in UTF-8.</summary>
    internal static string Encoded(string text, bool always = false)
    {
        if (!always && text.Length <= 60 && text.All(c => c is >= ' ' and <= '~') && !text.Contains("=?", StringComparison.Ordinal))
            return text;
        if (always && text.Length <= 60 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == ' '))
            return text;
        var (words, word) = (new List<string>(), new List<byte>());
        foreach (var rune in text.EnumerateRunes())
        {
            var octets = new byte[rune.Utf8SequenceLength];
            rune.EncodeToUtf8(octets);
            if (word.Count + octets.Length > WordOctets) End();
            word.AddRange(octets);
        }
        End();
        return string.Join("\n ", words);

        void End()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String([.. word])}?=");
            word.Clear();
        }
    }
}
