using System.Globalization;

namespace Community.Kernel;

/// <summary>
/// Finds the blocks of a text: CommonMark and GitHub's tables, minus what surprises people who do not know Markdown: docs/decisions/0015.
/// Each line is read once per nesting level, so the time depends only on the length.
/// </summary>
sealed class BlockReader
{
    /// <summary>
    /// Maximum nesting of quotations and lists. Deeper ones are shown as typed; the writer is told (<see cref="IsTooDeep"/>).
    /// </summary>
    public const int Deepest = 24;
    /// <summary>A tab advances to the next multiple of this many columns.</summary>
    const int TabStop = 4;
    /// <summary>Longer rows of tildes are separator lines, as drawn in mails.</summary>
    const int MaxTildesLength = 5;

    /// <summary>Most digits of an item's number: a year still counts, anything longer is the number of something else.</summary>
    const int MaxNumberLength = 4;

    /// <summary>Letters of a line of a mail, with some room: most programs wrap at less than eighty, Japanese ones at half of it.</summary>
    const int LineLength = 80;

    public bool IsTooDeep { get; private set; }
    /// <summary>Link targets that are not valid URLs, so that the link is shown as typed.</summary>
    public List<string> Unlinked { get; } = [];

    public List<Block> Read(string markdown) => Level([.. Clean(markdown).Split('\n')], 0).Blocks;

    // Characters that are none go first: one between them would make two line ends of CR and LF.
    static string Clean(string markdown) =>
        Characters.Legible(markdown).Replace("\r\n", "\n").Replace('\r', '\n').Replace('\0', '\uFFFD');

    (List<Block> Blocks, bool Loose) Level(List<string> lines, int depth)
    {
        var level = new LevelReader(this, lines, depth);
        level.Read();
        return (level.Blocks, level.Loose);
    }

    IReadOnlyList<Inline> Inlines(string text) => InlineReader.Read(text, Unlinked);

    sealed class LevelReader(BlockReader reader, List<string> lines, int depth)
    {
        public List<Block> Blocks { get; } = [];
        /// <summary>True if two blocks have an empty line between them.</summary>
        public bool Loose { get; private set; }

        readonly List<string> paragraph = [];
        int at;
        bool afterBlank;
        int? lastTildes;

        public void Read()
        {
            while (at < lines.Count)
            {
                var line = lines[at];
                if (IsBlank(line))
                {
                    End();
                    (afterBlank, at) = (true, at + 1);
                }
                else if (Indent(line) < TabStop ? !Special(line) : paragraph.Count > 0 || !IndentedCode())
                {
                    if (paragraph.Count == 0) Begin();
                    paragraph.Add(line.Trim(' ', '\t'));
                    at++;
                }
            }
            End();
        }

        void Begin()
        {
            if (afterBlank && Blocks.Count > 0) Loose = true;
            afterBlank = false;
        }

        void End()
        {
            if (paragraph.Count > 0) Blocks.Add(new Paragraph(reader.Inlines(string.Join('\n', paragraph))));
            paragraph.Clear();
        }

        void Add(Block block)
        {
            End();
            Begin();
            Blocks.Add(block);
        }

        bool Special(string line)
        {
            var start = line.AsSpan().TrimStart(" \t");
            switch (start[0])
            {
                case '`' or '~' when Fence.Of(line) is { } fence:
                    return Fenced(fence);
                case '#' when HeadingOf(start) is { } heading:
                    Add(new Heading(heading.Level, reader.Inlines(heading.Text)));
                    at++;
                    return true;
                case '-' or '*' or '_' when IsRule(start):
                    Add(new Rule());
                    at++;
                    return true;
                case '>' when IsQuoted(line):
                    return Within() && Quoted();
            }
            if (Marker.Of(line) is { } marker && (paragraph.Count == 0 || marker.MayInterrupt)) return Within() && Listed(marker);
            return at + 1 < lines.Count && Columns(lines[at + 1]) is { } columns && Cells(line).Count == columns.Count && Tabled(columns);
        }

        bool Within()
        {
            if (depth < Deepest) return true;
            reader.IsTooDeep = true;
            return false;
        }

        bool IndentedCode()
        {
            Begin();
            var (first, last) = (at, at);
            for (; at < lines.Count && (IsBlank(lines[at]) || Indent(lines[at]) >= TabStop); at++)
                if (!IsBlank(lines[at])) last = at;
            at = last + 1;
            Blocks.Add(new Code("", string.Join('\n', lines.GetRange(first, at - first).Select(l => Without(l, TabStop)))));
            return true;
        }

        bool Fenced(Fence fence)
        {
            // Unclosed tildes are decoration, as in ~~~(^^)~~~. Unclosed backticks last until the end of the text.
            if (fence.Sign == '~' && (lastTildes ??= lines.FindLastIndex(l => Fence.Of(l) is { Sign: '~', Name.Length: 0 })) <= at)
                return false;
            var end = at + 1;
            while (end < lines.Count && !fence.IsClosedBy(lines[end])) end++;
            if (fence.Sign == '~' && end == lines.Count) return false;
            Add(new Code(fence.Name, string.Join('\n', lines.GetRange(at + 1, end - at - 1).Select(l => Without(l, fence.Indent)))));
            at = Math.Min(end + 1, lines.Count);
            return true;
        }

        bool Quoted()
        {
            var inner = new List<string>();
            for (; at < lines.Count && IsQuoted(lines[at]); at++) inner.Add(Unquoted(lines[at]));
            Add(new Quotation(reader.Level(inner, depth + 1).Blocks, inner.Sum(Height)));
            return true;
        }

        static int Height(string line) => IsBlank(line) ? 0 : 1 + (line.Length - 1) / LineLength;

        bool Listed(Marker first)
        {
            End();
            Begin();
            var items = new List<(Marker Marker, IReadOnlyList<Block> Blocks)>();
            var loose = false;
            for (Marker? marker = first; marker is not null;)
            {
                var inner = ItemLines(marker);
                var blanks = inner.Count - 1 - inner.FindLastIndex(l => !IsBlank(l));
                inner.RemoveRange(inner.Count - blanks, blanks);
                var (blocks, apart) = reader.Level(inner, depth + 1);
                items.Add((marker, blocks));
                loose |= apart;
                marker =
                    at < lines.Count
                    && Indent(lines[at]) < TabStop
                    && !IsRule(lines[at].AsSpan().TrimStart(" \t"))
                    && Marker.Of(lines[at]) is { } next
                    && next.Kind == first.Kind
                        ? next
                        : null;
                loose |= marker is not null && blanks > 0;
                afterBlank = marker is null && blanks > 0;
            }
            // Writing "1." before each item means automatic numbering; any other numbers are intended.
            var numbered = items.Count == 1 || items.Exists(i => i.Marker.Number != first.Number);
            Blocks.Add(new ItemList(first.Number, loose, [.. items.Select((item, i) => new Item(
                numbered || first.Number is null ? item.Marker.Text : $"{first.Number + i}{first.Kind}",
                numbered && i > 0 && item.Marker.Number != items[i - 1].Marker.Number + 1 ? item.Marker.Number : null, item.Blocks))]));
            return true;
        }

        /// <summary>
        /// The lines of an item: its own, those indented below it, and those that continue its last paragraph.
        /// </summary>
        List<string> ItemLines(Marker marker)
        {
            var inner = new List<string> { marker.Rest };
            var (blank, fence) = (IsBlank(marker.Rest), Fence.Of(marker.Rest));
            for (at++; at < lines.Count; at++)
            {
                var line = lines[at];
                if (IsBlank(line))
                {
                    if (inner is [""]) break;
                    inner.Add("");
                    blank = true;
                    continue;
                }
                if (Indent(line) >= marker.Width)
                {
                    line = Without(line, marker.Width);
                    if (fence is null) fence = Fence.Of(line);
                    else if (fence.IsClosedBy(line)) fence = null;
                }
                else if (blank || fence is not null || StartsBlock(line) || Marker.Of(line) is not null || !IsOpenParagraph(inner[^1]))
                    break;
                else
                    line = line.TrimStart(' ', '\t');
                inner.Add(line);
                blank = false;
            }
            return inner;
        }

        bool StartsBlock(string line)
        {
            if (Indent(line) >= TabStop) return false;
            var start = line.AsSpan().TrimStart(" \t");
            return IsQuoted(line)
                || Fence.Of(line) is not null
                || HeadingOf(start) is not null
                || IsRule(start)
                || Marker.Of(line) is { MayInterrupt: true };
        }

        static bool IsOpenParagraph(string line) =>
            HeadingOf(line.AsSpan().TrimStart(" \t")) is null && !IsRule(line.AsSpan().TrimStart(" \t")) && Fence.Of(line) is null;

        bool Tabled(List<Column> columns)
        {
            var rows = new List<IReadOnlyList<IReadOnlyList<Inline>>> { Row(lines[at]) };
            // A line without a bar ends the table.
            for (at += 2; at < lines.Count && lines[at].Contains('|') && !StartsBlock(lines[at]); at++) rows.Add(Row(lines[at]));
            Add(new Table(columns, rows));
            return true;
        }

        IReadOnlyList<Inline>[] Row(string line) => [.. Cells(line).Select(reader.Inlines)];
    }

    static bool IsBlank(string line) => line.AsSpan().Trim(" \t").IsEmpty;

    static int Indent(string line)
    {
        var column = 0;
        foreach (var c in line)
            if (c == ' ') column++;
            else if (c == '\t') column += TabStop - (column % TabStop);
            else break;
        return column;
    }

    /// <summary>The line with this many columns of leading white space removed.</summary>
    static string Without(string line, int columns)
    {
        var (column, i) = (0, 0);
        for (; i < line.Length && column < columns && line[i] is ' ' or '\t'; i++)
            column += line[i] == ' ' ? 1 : TabStop - (column % TabStop);
        return column > columns ? new string(' ', column - columns) + line[i..] : line[i..];
    }

    static bool IsRule(ReadOnlySpan<char> line)
    {
        var count = 0;
        if (line.IsEmpty || line[0] is not ('-' or '*' or '_')) return false;
        foreach (var c in line)
            if (c == line[0]) count++;
            else if (c is not (' ' or '\t')) return false;
        return count >= 3;
    }

    /// <summary>A number sign alone is text, not an empty heading.</summary>
    static (int Level, string Text)? HeadingOf(ReadOnlySpan<char> line)
    {
        var level = line.IndexOfAnyExcept('#');
        if (level is < 1 or > 6 || line[level] is not (' ' or '\t')) return null;
        var text = line[level..].Trim(" \t");
        var open = text.TrimEnd('#');
        if (open.IsEmpty || open[^1] is ' ' or '\t') text = open.TrimEnd(" \t");
        return text.IsEmpty ? null : (level, text.ToString());
    }

    static bool IsQuoted(string line)
    {
        var start = line.AsSpan().TrimStart(" \t");
        // ">>12" refers to a post, as is customary on Japanese boards.
        return Indent(line) < TabStop
            && start.StartsWith(">")
            && !(start.StartsWith(">>") && start.Length > 2 && char.IsAsciiDigit(start[2]));
    }

    static string Unquoted(string line)
    {
        var rest = line[(line.IndexOf('>') + 1)..];
        return rest is [' ' or '\t', ..] ? Without(rest, 1) : rest;
    }

    static List<string> Cells(string line)
    {
        var row = line.AsSpan().Trim(" \t");
        if (!row.Contains('|')) return [];
        if (row[0] == '|') row = row[1..];
        var (cells, cell) = (new List<string>(), new System.Text.StringBuilder());
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i] == '\\' && i + 1 < row.Length)
            {
                if (row[i + 1] != '|') cell.Append('\\');
                cell.Append(row[++i]);
            }
            else if (row[i] != '|') cell.Append(row[i]);
            else if (i + 1 < row.Length) Next();
            else return Next();
        }
        return Next();

        List<string> Next()
        {
            cells.Add(cell.ToString().Trim(' ', '\t'));
            cell.Clear();
            return cells;
        }
    }

    /// <summary>The line below a table's header, such as <c>|---|--:|</c>.</summary>
    static List<Column>? Columns(string line)
    {
        if (line.AsSpan().IndexOfAnyExcept(" \t|:-") >= 0 || !line.Contains('-') || Cells(line) is not { Count: > 0 } cells) return null;
        var columns = new List<Column>();
        foreach (var cell in cells)
        {
            var dashes = cell.AsSpan().TrimStart(':').TrimEnd(':');
            if (
                dashes.IsEmpty
                || dashes.IndexOfAnyExcept('-') >= 0
                || cell.Length - dashes.Length > 2
                || cell.StartsWith("::", StringComparison.Ordinal)
                || cell.EndsWith("::", StringComparison.Ordinal)
            )
                return null;
            columns.Add(
                !cell.EndsWith(':') ? Column.Start
                : cell.StartsWith(':') ? Column.Middle
                : Column.End
            );
        }
        return columns;
    }

    /// <summary>The line that opens a code block.</summary>
    sealed record Fence(char Sign, int Length, int Indent, string Name)
    {
        public static Fence? Of(string line)
        {
            var start = line.AsSpan().TrimStart(" \t");
            if (start.IsEmpty || start[0] is not ('`' or '~') || BlockReader.Indent(line) >= TabStop) return null;
            var length = start.IndexOfAnyExcept(start[0]) is var end and >= 0 ? end : start.Length;
            var name = start[length..].Trim(" \t");
            // Otherwise it is inline code or decoration.
            if (length < 3 || name.Contains(start[0]) || (start[0] == '~' && length > MaxTildesLength)) return null;
            return new(start[0], length, BlockReader.Indent(line), name.ToString());
        }

        public bool IsClosedBy(string line) => Of(line) is { Name.Length: 0 } end && end.Sign == Sign && end.Length >= Length;
    }

    /// <summary>The marker of a list item.</summary>
    /// <param name="Kind">The bullet, or the character after the number: a different one begins a new list.</param>
    /// <param name="Width">The column at which its text begins.</param>
    sealed record Marker(string Text, char Kind, int? Number, int Width, string Rest)
    {
        public bool MayInterrupt => Rest.Length > 0 && Number is null or 1;

        public static Marker? Of(string line)
        {
            var indent = BlockReader.Indent(line);
            var start = line.AsSpan().TrimStart(" \t");
            if (start.IsEmpty || indent >= TabStop) return null;
            var digits = start.IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : start.Length;
            var length =
                digits == 0 && start[0] is '-' or '*' or '+' ? 1
                : digits is > 0 and <= MaxNumberLength && digits < start.Length && start[digits] is '.' or ')' ? digits + 1
                : 0;
            // With leading zeros it is the number of something; a list would show a different one.
            if (length == 0 || (length < start.Length && start[length] is not (' ' or '\t')) || (digits > 1 && start[0] == '0'))
                return null;
            var rest = start[length..].ToString();
            // A number alone is an answer, not an empty item.
            if (IsBlank(rest)) return digits > 0 ? null : new(start[..length].ToString(), start[0], null, indent + length + 1, "");
            var room = BlockReader.Indent(rest) is var spaces and <= TabStop ? spaces : 1;
            return new(
                start[..length].ToString(),
                start[length - 1],
                digits > 0 ? int.Parse(start[..digits], CultureInfo.InvariantCulture) : null,
                indent + length + room,
                Without(rest, room)
            );
        }
    }
}
