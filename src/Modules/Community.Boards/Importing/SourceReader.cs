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
    /// <exception cref="FileRefused">It is another one than people mean to import.</exception>
    public static BoardImportFormat Guess(string path)
    {
        using var file = File.OpenRead(path);
        var form = SourceForm.Of(file);
        var head = new byte[8192];
        var text = form.Text(head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false))).TrimStart('\uFEFF');
        var begins = text.AsSpan().TrimStart(" \t\r\n");
        if (begins.StartsWith("[")) begins = begins[1..].TrimStart(" \t\r\n");
        if (begins.StartsWith("{")) return BoardImportFormat.Json;
        if (head[257..].AsSpan().StartsWith("ustar"u8)) throw new FileRefused("boards.import.refused.tar");
        if (IsDump(begins)) throw new FileRefused("boards.import.refused.dump");
        // A line with a colon is a header's of a mail.
        var lines = text.Split(form.End).Select(l => l.TrimEnd('\r')).TakeWhile(l => !l.Contains(':'));
        if (!text.StartsWith("From ", StringComparison.Ordinal) && ReadCsv.IsHead(lines)) return BoardImportFormat.Csv;
        // Mails have octets of many charsets: no program but an editor writes them so.
        return form.Wide is null ? BoardImportFormat.Mbox : throw new FileRefused("boards.import.refused.wide");
    }

    static bool IsDump(ReadOnlySpan<char> text)
    {
        foreach (var begin in dumps)
            if (text.StartsWith(begin, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    static readonly string[] dumps =
        ["-- ", "--\n", "--\r\n", "/*!", "PGDMP", "# phpBB", "#\n# phpBB", "#\r\n# phpBB", "CREATE TABLE ", "DROP TABLE ", "INSERT INTO "];

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
                // What is in no known form is read as a mail, too. Then the form is wrong, such as a table that names no column "text".
                var unknown = broken.Message == "boards.import.bad.no-header" && message is { Number: 1, Separated: null };
                return item with { Broken = unknown ? "boards.import.bad.no-form" : broken.Message, Key = id, Subject = subject };
            }
        }

        public override void Dispose() => reader.Dispose();
    }
}

/// <summary>A post a line, or the objects of an array.</summary>
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
            var at = lines.Position;
            if ((lines.IsArray ? lines.NextItem(out at) : lines.Next()) is not { } next) return null;
            if (!next.IsTooLong && next.Bytes.AsSpan().Trim(" \t"u8).Length == 0) continue;
            var item = new SourceItem(++number, at.Place, at.Line + 1);
            if (next.IsTooLong) return item with { Broken = "boards.import.bad.large" };
            try
            {
                var post = ReadJson.Of(next.Bytes, now).Fitted();
                return item with { Post = post, Key = post.Key, Subject = post.Subject };
            }
            catch (SourceBroken broken)
            {
                var (key, subject) = ReadJson.Glimpse(next.Bytes);
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
    /// <summary>So far, and so often, a mark that closes a cell is looked for before the line that opens it is given up.</summary>
    const int MaxOpen = 8 * MaxRecord, MaxReturns = 100;
    ReadCsv? reader;
    int number, returns;

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
            if (lines.Next() is not { } first) return null;
            var item = new SourceItem(number + 1, place, line + 1);
            var cells = reader!.NewRecord();
            var record = first.IsTooLong ? null : Record(first.Bytes, cells);
            if (record is not null && cells.IsBlank) continue;
            number++;
            if (first.IsTooLong || record?.Length > MaxRecord) return item with { Broken = "boards.import.bad.large" };
            if (record is null) return item with { Broken = "boards.import.bad.csv" };
            try
            {
                var post = reader.Of(record, cells.Cells, now).Fitted();
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
        try { reader = ReadCsv.Begin(() => lines.Next() is { } line ? Text(line.Bytes) : null); }
        catch (SourceBroken broken) { throw new IOException(broken.Message, broken); }
    }

    static string Text(byte[] line) => MailCharsets.Decode(line, "utf-8");

    /// <summary>
    /// The lines up to the one that closes its last cell. Null if none does: a mark too many costs its line, and not the file.
    /// </summary>
    byte[]? Record(byte[] first, CsvCells cells)
    {
        if (cells.Add(Text(first))) return first;
        var (place, line) = lines.Position;
        using var record = new MemoryStream();
        record.Write(first);
        while (record.Length < MaxOpen && lines.Next() is { } next)
        {
            record.WriteByte((byte)'\n');
            record.Write(next.Bytes);
            if (cells.Add(Text(next.Bytes))) return record.ToArray();
        }
        if (returns++ < MaxReturns) lines.MoveTo(place, line);
        return null;
    }

    public override void Dispose() => lines.Dispose();
}
