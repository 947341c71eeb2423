using Community.Kernel;

namespace Community.Boards;

/// <summary>What stands at one place of a file: a post, or why there is none.</summary>
public sealed record SourceItem(int Number, long Place, int Line)
{
    public SourcePost? Post { get; init; }
    /// <summary>The key of the reason, if it cannot be imported.</summary>
    public string? Broken { get; init; }
    /// <summary>What is known of it all the same.</summary>
    public string? Key { get; init; }
    public string Subject { get; init; } = "";
}

/// <summary>Reads the posts of a file one after the other, from any place where one begins.</summary>
abstract class SourceReader : IDisposable
{
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SourceReader Open(string path, BoardImportFormat format, DateTime now)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return format switch
        {
            BoardImportFormat.Json => new JsonSource(new(file), now),
            BoardImportFormat.Csv => new CsvSource(new(file), now),
            _ => new MailSource(file, now),
        };
    }

    /// <summary>What kind of file it is, by its beginning.</summary>
    public static BoardImportFormat Guess(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[4096];
        var some = head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        if (OldLineEnds.In(file)) some.Replace((byte)'\r', (byte)'\n');
        if (some.StartsWith("\uFEFF"u8)) some = some[3..];
        if (some.TrimStart(" \t\r\n"u8).StartsWith("{"u8)) return BoardImportFormat.Json;
        if (some.StartsWith("From "u8)) return BoardImportFormat.Mbox;
        try
        {
            var end = some.IndexOf((byte)'\n');
            return end > 0 && some[..end].IndexOf((byte)':') < 0 && ReadCsv.Columns(some[..end].ToArray()).Length > 1
                ? BoardImportFormat.Csv : BoardImportFormat.Mbox;
        }
        catch (SourceBroken) { return BoardImportFormat.Mbox; }
    }

    /// <summary>Octet and line behind the last post.</summary>
    public abstract (long Place, int Line) Position { get; }

    /// <summary>Goes to where a post begins.</summary>
    public abstract void MoveTo(long place, int lines, int posts);

    /// <summary>The next one; null at the end.</summary>
    public abstract SourceItem? Next();

    public abstract void Dispose();

    sealed class MailSource(FileStream file, DateTime now) : SourceReader
    {
        readonly MboxReader reader = new(file);

        public override (long Place, int Line) Position => reader.Position;

        public override void MoveTo(long place, int lines, int posts) => reader.MoveTo(place, lines, posts);

        public override SourceItem? Next()
        {
            if (reader.Next() is not { } message) return null;
            var item = new SourceItem(message.Number, message.Place, message.Line);
            try
            {
                var post = ReadMail.Of(message, now).Fitted();
                return item with { Post = post, Key = post.Key, Subject = post.Subject };
            }
            catch (SourceBroken broken)
            {
                var (id, subject) = ReadMail.Glimpse(message);
                return item with { Broken = broken.Message, Key = id, Subject = subject };
            }
        }

        public override void Dispose() => reader.Dispose();
    }
}

/// <summary>A post a line.</summary>
sealed class JsonSource(SourceLines lines, DateTime now) : SourceReader
{
    int number;

    public override (long Place, int Line) Position => lines.Position;

    public override void MoveTo(long place, int lines1, int posts)
    {
        lines.MoveTo(place, lines1);
        number = posts;
    }

    public override SourceItem? Next()
    {
        while (true)
        {
            var (place, line) = lines.Position;
            if (lines.Next() is not { } next) return null;
            var bytes = next.Bytes;
            if (place == 0 && bytes.AsSpan().StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            if (!next.IsTooLong && bytes.AsSpan().Trim(" \t"u8).Length == 0) continue;
            var item = new SourceItem(++number, place, line + 1);
            if (next.IsTooLong) return item with { Broken = "boards.import.bad.large" };
            try
            {
                var post = ReadJson.Of(bytes, now).Fitted();
                return item with { Post = post, Key = post.Key, Subject = post.Subject };
            }
            catch (SourceBroken broken)
            {
                var (key, subject) = ReadJson.Glimpse(bytes);
                return item with { Broken = broken.Message, Key = key, Subject = subject };
            }
        }
    }

    public override void Dispose() => lines.Dispose();
}

/// <summary>A post a record, below a line that names the columns. A record may go over lines, within quotation marks (RFC 4180).</summary>
sealed class CsvSource(SourceLines lines, DateTime now) : SourceReader
{
    const int MaxRecord = 1024 * 1024;
    ReadCsv? reader;
    int number;

    public override (long Place, int Line) Position => lines.Position;

    public override void MoveTo(long place, int lines1, int posts)
    {
        if (place > 0) Begin();
        lines.MoveTo(place, lines1);
        number = posts;
    }

    public override SourceItem? Next()
    {
        Begin();
        while (true)
        {
            var (place, line) = lines.Position;
            if (Record() is not { } record) return null;
            if (record.Length == 0) continue;
            var item = new SourceItem(++number, place, line + 1);
            if (record.Length > MaxRecord) return item with { Broken = "boards.import.bad.large" };
            try
            {
                var post = reader!.Of(record, now).Fitted();
                return item with { Post = post, Key = post.Key, Subject = post.Subject };
            }
            catch (SourceBroken broken) { return item with { Broken = broken.Message }; }
        }
    }

    /// <exception cref="IOException">The first line does not name the columns.</exception>
    void Begin()
    {
        if (reader is not null) return;
        lines.MoveTo(0, 0);
        try { reader = new(ReadCsv.Columns(lines.Next()?.Bytes ?? [])); }
        catch (SourceBroken broken) { throw new IOException(broken.Message, broken); }
    }

    /// <summary>Lines up to the one with which the quotation marks are even. A mark too many costs one record, not the file.</summary>
    byte[]? Record()
    {
        if (lines.Next() is not { } first) return null;
        if (first.IsTooLong) return new byte[MaxRecord + 1];
        var marks = first.Bytes.AsSpan().Count((byte)'"');
        if (marks % 2 == 0) return first.Bytes;
        using var record = new MemoryStream();
        record.Write(first.Bytes);
        while (marks % 2 == 1 && lines.Next() is { } next)
        {
            marks += next.Bytes.AsSpan().Count((byte)'"');
            if (record.Length > MaxRecord) continue;
            record.WriteByte((byte)'\n');
            record.Write(next.Bytes);
        }
        return record.ToArray();
    }

    public override void Dispose() => lines.Dispose();
}
