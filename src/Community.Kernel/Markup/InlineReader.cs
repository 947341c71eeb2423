using System.Text;

namespace Community.Kernel;

/// <summary>
/// Finds emphasis, code, links and pictures in the text of a block. Every character is visited a bounded number of times, by the algorithm
/// that CommonMark describes: delimiter runs wait in a list until a closing run comes, and runs that can no longer open anything are not
/// visited again.
/// </summary>
sealed class InlineReader
{
    const int DeepestParentheses = 32, MaxTitleLength = 500;
    /// <summary>
    /// Most characters between the brackets of a picture; a longer one is shown as typed. The words of pictures inside pictures are copied
    /// by each that is around them.
    /// </summary>
    const int MaxWordsLength = 1000;

    readonly string text;
    readonly List<string> unlinked;
    readonly List<Piece> pieces = [];
    readonly StringBuilder plain = new();
    /// <summary>Opening brackets that are not closed yet.</summary>
    readonly Stack<Bracket> brackets = new();
    /// <summary>
    /// How many brackets, counted from the outermost, contain a link and so cannot become one: links must not be nested.
    /// </summary>
    int spent;
    /// <summary>Start positions of backtick runs, by length; filled when the first is met.</summary>
    Dictionary<int, List<int>>? ticks;
    Row? last;
    int at;

    InlineReader(string text, List<string> unlinked) => (this.text, this.unlinked) = (text, unlinked);

    /// <param name="unlinked">Collects link targets that are not valid URLs.</param>
    public static IReadOnlyList<Inline> Read(string text, List<string> unlinked)
    {
        var reader = new InlineReader(text, unlinked);
        reader.Read();
        return MergeText(reader.Inlines());
    }

    /// <summary>Gives links without visible text their URL as text; otherwise nobody could see them.</summary>
    static List<Inline> MergeText(List<Inline> inlines)
    {
        var shown = new List<Inline>(inlines.Count);
        // Where the current link's text begins, and whether any of it is visible.
        var (words, seen) = (0, true);
        foreach (var inline in inlines)
        {
            if (inline.Kind == InlineKind.EndLink && !seen)
            {
                // Removes only from the end, so each piece is removed at most once, however many links there are.
                shown.RemoveRange(words, shown.Count - words);
                shown.Add(new(InlineKind.Text, inline.Url));
                seen = true;
            }
            shown.Add(inline);
            if (inline.Kind == InlineKind.Link) (words, seen) = (shown.Count, false);
            else seen = seen || inline.Kind == InlineKind.Picture
                || (inline.Kind is InlineKind.Text or InlineKind.Code && Markup.IsSeen(inline.Text));
        }
        return shown;
    }

    /// <summary>A finished element, or a delimiter run or bracket that may still become one.</summary>
    class Piece(Inline inline)
    {
        public Inline Inline = inline;
    }

    /// <summary>An emphasis delimiter run. Each matched pair consumes some of its characters and records what it opens or closes.</summary>
    sealed class Row(char sign, int count, int order, bool canOpen, bool canClose) : Piece(default)
    {
        public readonly int Order = order;
        public readonly char Sign = sign;
        public readonly int Typed = count;
        public int Left = count;
        public readonly bool CanOpen = canOpen, CanClose = canClose;
        public List<string>? Opens, Closes;
        public Row? Before, After;
    }

    /// <param name="Start">Where its words begin in the text.</param>
    sealed record Bracket(Piece Piece, int Index, int Start, bool IsPicture, Row? Below);

    void Read()
    {
        while (at < text.Length)
        {
            var taken = text[at] switch
            {
                '\\' => Escape(),
                '\n' => Put(new(InlineKind.Break), 1),
                '`' => CodeSpan(),
                '*' or '_' or '~' or '|' => Emphasis(),
                ':' => Emoji(),
                '[' => Open(1),
                '!' when at + 1 < text.Length && text[at + 1] == '[' => Open(2),
                ']' => Close(),
                '<' => InAngles(),
                _ => BareAddress(),
            };
            if (taken == 0) plain.Append(text[at]);
            at += Math.Max(taken, 1);
        }
        Flush();
        Pair(null);
    }

    void Flush()
    {
        if (plain.Length == 0) return;
        pieces.Add(new(new(InlineKind.Text, plain.ToString())));
        plain.Clear();
    }

    int Put(Inline inline, int length)
    {
        Flush();
        pieces.Add(new(inline));
        return length;
    }

    int Escape()
    {
        if (at + 1 == text.Length) return 0;
        var next = text[at + 1];
        if (next == '\n') return 1;
        if (!char.IsAscii(next) || !(char.IsPunctuation(next) || char.IsSymbol(next))) return 0;
        // The arms of \(^o^)/ and ¯\_(ツ)_/¯. Escaped brackets always come in pairs.
        if (next == '(' && !text.AsSpan(at + 2, Math.Min(text.Length - at - 2, 200)).Contains("\\)", StringComparison.Ordinal)) return 0;
        if (at > 0 && text[at - 1] == '¯' && text.AsSpan(at + 1).StartsWith("_(")) return 0;
        plain.Append(next);
        return 2;
    }

    int CodeSpan()
    {
        ticks ??= Ticks();
        var length = Run(at);
        var end =
            ticks.TryGetValue(length, out var rows)
            && rows.BinarySearch(at + length) is var i
            && (i < 0 ? ~i : i) is var next
            && next < rows.Count
                ? rows[next]
                : -1;
        if (end < 0)
        {
            plain.Append('`', length);
            return length;
        }
        var code = text[(at + length)..end].Replace('\n', ' ');
        if (code.Length > 2 && code[0] == ' ' && code[^1] == ' ' && code.AsSpan().IndexOfAnyExcept(' ') >= 0) code = code[1..^1];
        return Put(new(InlineKind.Code, code), end + length - at);
    }

    Dictionary<int, List<int>> Ticks()
    {
        var found = new Dictionary<int, List<int>>();
        for (var i = text.IndexOf('`'); i >= 0;)
        {
            var length = Run(i);
            (found.TryGetValue(length, out var rows) ? rows : found[length] = []).Add(i);
            i = i + length < text.Length ? text.IndexOf('`', i + length) : -1;
        }
        return found;
    }

    int Run(int start)
    {
        var end = text.AsSpan(start).IndexOfAnyExcept(text[start]);
        return end < 0 ? text.Length - start : end;
    }

    int Emphasis()
    {
        var length = Run(at);
        var (canOpen, canClose) = Flanks.Of(text, at, at + length);
        if (text[at] is '~' or '|' && length != 2) (canOpen, canClose) = (false, false);
        // In a||b||c, as in code, nothing is hidden.
        else if (text[at] == '|') (canOpen, canClose) = (canOpen && !IsOfSpacedWord(at - 1), canClose && !IsOfSpacedWord(at + length));
        if (!canOpen && !canClose)
        {
            plain.Append(text[at], length);
            return length;
        }
        Flush();
        var row = new Row(text[at], length, pieces.Count, canOpen, canClose) { Before = last };
        if (last is not null) last.After = row;
        last = row;
        pieces.Add(row);
        return length;
    }

    bool IsOfSpacedWord(int i) => i >= 0 && i < text.Length && char.IsLetterOrDigit(text[i]) && !Flanks.IsCjk(text[i]);

    int Emoji()
    {
        var (emoji, length) = EmojiNames.At(text, at);
        plain.Append(emoji);
        return length;
    }

    int Open(int length)
    {
        Put(new(InlineKind.Text, text.Substring(at, length)), length);
        brackets.Push(new(pieces[^1], pieces.Count - 1, at + length, length == 2, last));
        return length;
    }

    int Close()
    {
        if (!brackets.TryPop(out var bracket)) return 0;
        var isSpent = !bracket.IsPicture && brackets.Count < spent;
        spent = Math.Min(spent, brackets.Count);
        if (isSpent || (bracket.IsPicture && at - bracket.Start > MaxWordsLength)) return 0;
        if (Target(at + 1) is not { } target)
        {
            if (Broken(at + 1) is { } broken) unlinked.Add(broken);
            return 0;
        }
        if (Addresses.Meant(target.Url) is not { } url)
        {
            unlinked.Add(target.Url);
            return 0;
        }
        Flush();
        Pair(bracket.Below);
        if (bracket.IsPicture)
        {
            var words = string.Concat(Inlines(bracket.Index + 1).Select(TextOf));
            pieces.RemoveRange(bracket.Index + 1, pieces.Count - bracket.Index - 1);
            bracket.Piece.Inline = new(InlineKind.Picture, words, url, target.Title);
        }
        else
        {
            for (var i = bracket.Index + 1; i < pieces.Count; i++)
                if (pieces[i].Inline.Kind == InlineKind.Address) pieces[i].Inline = new(InlineKind.Text, pieces[i].Inline.Text);
            bracket.Piece.Inline = new(InlineKind.Link, "", url);
            pieces.Add(new(new(InlineKind.EndLink, "", url, target.Title)));
            spent = brackets.Count;
        }
        return target.End - at;
    }

    static string TextOf(Inline inline) => inline.Kind switch
    {
        InlineKind.Text or InlineKind.Code or InlineKind.Address => inline.Text,
        InlineKind.Break => " ",
        InlineKind.EndLink or InlineKind.Picture => $"{inline.Text} ({inline.Url})" + (inline.Title.Length > 0 ? $" ({inline.Title})" : ""),
        _ => "",
    };

    /// <summary>The parentheses after a link text: (URL "title").</summary>
    (string Url, string Title, int End)? Target(int i)
    {
        if (i == text.Length || text[i] != '(') return null;
        i = Space(i + 1);
        if (Destination(ref i) is not { } url) return null;
        var behind = Space(i);
        var title = "";
        if (behind > i && behind < text.Length && text[behind] is '"' or '\'' or '(')
        {
            var end = text[behind] == '(' ? ')' : text[behind];
            var close = behind + 1;
            while (close < text.Length && close - behind < MaxTitleLength && text[close] != end)
                close += text[close] == '\\' && close + 1 < text.Length ? 2 : 1;
            if (close >= text.Length || text[close] != end)
                return null;
            title = Unescaped(text[(behind + 1)..close]).ReplaceLineEndings(" ");
            behind = Space(close + 1);
        }
        return behind < text.Length && text[behind] == ')' ? (url, title, behind + 1) : null;
    }

    /// <summary>The content of parentheses that are no valid target, for example with a space in the URL.</summary>
    string? Broken(int i)
    {
        if (i == text.Length || text[i] != '(') return null;
        var rest = text.AsSpan(i + 1, Math.Min(text.Length - i - 1, MaxTitleLength));
        var end = rest.IndexOfAny(')', '\n');
        return end > 0 && rest[end] == ')' ? rest[..end].Trim().ToString() : null;
    }

    string? Destination(ref int i)
    {
        var start = i;
        if (i < text.Length && text[i] == '<')
        {
            while (++i < text.Length && text[i] is not ('>' or '<' or '\n'))
                if (text[i] == '\\' && i + 1 < text.Length) i++;
            return i < text.Length && text[i] == '>' ? Unescaped(text[(start + 1)..i++].Trim(' ')).Replace(" ", "%20") : null;
        }
        for (var depth = 0; i < text.Length && !char.IsWhiteSpace(text[i]) && !char.IsControl(text[i]); i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && !char.IsWhiteSpace(text[i + 1])) i++;
            else if (text[i] == '(' && ++depth > DeepestParentheses) return null;
            else if (text[i] == ')' && --depth < 0) break;
        }
        return i > start ? Unescaped(text[start..i]) : null;
    }

    int Space(int i)
    {
        while (i < text.Length && text[i] is ' ' or '\t' or '\n') i++;
        return i;
    }

    static string Unescaped(string typed)
    {
        if (!typed.Contains('\\')) return typed;
        var plain = new StringBuilder(typed.Length);
        for (var i = 0; i < typed.Length; i++)
        {
            if (
                typed[i] == '\\'
                && i + 1 < typed.Length
                && char.IsAscii(typed[i + 1])
                && (char.IsPunctuation(typed[i + 1]) || char.IsSymbol(typed[i + 1]))
            )
                i++;
            plain.Append(typed[i]);
        }
        return plain.ToString();
    }

    /// <summary>A URL in angle brackets, as in mails.</summary>
    int InAngles()
    {
        var end = text.AsSpan(at + 1).IndexOfAny("<> \n");
        if (end < 1 || text[at + 1 + end] != '>') return 0;
        var typed = text.Substring(at + 1, end);
        var isMail = typed.IndexOf('@') > 0 && !typed.Contains(':') && !typed.Contains('/');
        return Addresses.Meant(isMail ? "mailto:" + typed : typed) is { } url && !url.StartsWith('/')
            ? Put(new(InlineKind.Address, typed, url), end + 2)
            : 0;
    }

    int BareAddress()
    {
        var length = Addresses.LengthOfBare(text, at);
        return length == 0
            ? 0
            : Put(new(InlineKind.Address, text.Substring(at, length), Addresses.Meant(text.Substring(at, length))!), length);
    }

    /// <summary>Matches the delimiter runs above <paramref name="below"/>, and drops them.</summary>
    void Pair(Row? below)
    {
        // For each kind of closing run: up to this position there is no opener for it.
        var bottoms = new Dictionary<(char, bool, int), int>();
        var close = below is null ? First() : below.After;
        while (close is not null)
        {
            if (!close.CanClose || close.Left == 0) { close = close.After; continue; }
            var kind = (close.Sign, close.CanOpen, close.Typed % 3);
            var bottom = bottoms.GetValueOrDefault(kind, below?.Order ?? -1);
            var open = close.Before;
            while (open is not null && open.Order > bottom && !Fit(open, close)) open = open.Before;
            if (open is null || open.Order <= bottom)
            {
                bottoms[kind] = close.Before?.Order ?? -1;
                var next = close.After;
                if (!close.CanOpen) Remove(close);
                close = next;
                continue;
            }
            var both = open.Left > 1 && close.Left > 1;
            var count = both ? 2 : 1;
            var name = close.Sign == '~' ? "del" : close.Sign == '|' ? Inline.Spoiler : both ? "strong" : "em";
            (open.Opens ??= []).Add(name);
            (close.Closes ??= []).Add(name);
            (open.Left, close.Left) = (open.Left - count, close.Left - count);
            // Runs between them cannot match anything outside.
            (open.After, close.Before) = (close, open);
            if (open.Left == 0) Remove(open);
            if (close.Left == 0)
            {
                var next = close.After;
                Remove(close);
                close = next;
            }
        }
        last = below;
        if (below is not null) below.After = null;
    }

    Row? First()
    {
        var row = last;
        while (row?.Before is { } before) row = before;
        return row;
    }

    void Remove(Row row)
    {
        if (row.Before is not null) row.Before.After = row.After;
        if (row.After is not null) row.After.Before = row.Before;
        else last = row.Before;
    }

    static bool Fit(Row open, Row close) => open.Sign == close.Sign && open.CanOpen && open.Left > 0
        && !((open.CanClose || close.CanOpen) && close.Typed % 3 != 0 && (open.Typed + close.Typed) % 3 == 0);

    List<Inline> Inlines(int from = 0)
    {
        var inlines = new List<Inline>();
        foreach (var piece in pieces.Skip(from))
        {
            if (piece is not Row row) { inlines.Add(piece.Inline); continue; }
            foreach (var name in row.Closes ?? []) inlines.Add(new(InlineKind.Close, name));
            if (row.Left > 0) inlines.Add(new(InlineKind.Text, new string(row.Sign, row.Left)));
            // The pair matched first is the innermost.
            foreach (var name in Enumerable.Reverse(row.Opens ?? [])) inlines.Add(new(InlineKind.Open, name));
        }
        return inlines;
    }
}
