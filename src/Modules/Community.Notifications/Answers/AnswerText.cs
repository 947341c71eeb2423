namespace Community.Notifications;

/// <summary>
/// What somebody wrote in an answer by mail, without the conversation around it, the signature and the telephone's line. Only what is
/// certain is cut off: words between quoted lines, below them or in code stay.
/// </summary>
public static class AnswerText
{
    /// <summary>Stands in our notices: what is below it is ours, whatever the mail program does with quotations.</summary>
    public const string Line = "──────";

    /// <summary>An attribution may be folded over so many lines.</summary>
    const int MaxFolded = 3;
    /// <summary>The lines of a header that Outlook writes above what it quotes, with empty ones between them.</summary>
    const int HeaderLines = 8;
    const int MaxSignature = 12;
    /// <summary>A quoted line of so many columns may have been broken by a program: its end stands below it without a sign.</summary>
    const int BrokenColumns = 60;

    readonly record struct TextLine(string Text, bool IsQuoted, bool IsCode = false)
    {
        public bool IsBlank => string.IsNullOrWhiteSpace(Text);
        public bool IsOwn => !IsQuoted && !IsBlank;
    }

    /// <summary>What ends the words above it.</summary>
    enum End
    {
        /// <summary>Nothing: they go on to the last line.</summary>
        None,
        /// <summary>Quoted lines, between and below which they may go on.</summary>
        Quotation,
        /// <summary>A conversation without signs of quotation: nobody can tell whose words are below.</summary>
        Conversation,
        Signature,
    }

    public static string Cut(string text)
    {
        var lines = Lines(text);
        var (at, end) = EndOf(lines);
        var words = Trimmed(lines[..at]);
        if (end is End.Quotation && Below(lines[at..], words.Count > 0) is { Count: > 0 } below)
            words = words.Count > 0 ? [.. words, new("", false), .. below] : below;
        // Nothing stands above: what is uncertain stays. Of our own notice nothing does, whose links are for its reader alone.
        if (words.Count == 0 && end is not End.Quotation && !lines.Exists(IsOurs))
            words = Trimmed(lines.FindAll(l => !l.IsQuoted));
        return string.Join('\n', words.Select(l => l.Text));
    }

    static List<TextLine> Lines(string text)
    {
        var typed = text.ReplaceLineEndings("\n").Split('\n');
        var lines = new List<TextLine>(typed.Length);
        for (var i = 0; i < typed.Length; i++)
        {
            // In code a > quotes nobody, and "From:" is no header.
            if (IsFence(typed[i]) && Array.FindIndex(typed, i + 1, IsFence) is > 0 and var last)
                for (; i < last; i++) lines.Add(new(typed[i].TrimEnd(), false, true));
            lines.Add(new(typed[i].TrimEnd(), IsQuoted(typed[i])));
        }
        return lines;
    }

    static bool IsFence(string line) => line.StartsWith("```", StringComparison.Ordinal);

    // Four columns begin code.
    static bool IsQuoted(string line) =>
        line.TrimStart() is ['>' or '＞', ..] start && line.Length - start.Length < 4 && !line.StartsWith('\t');

    static (int At, End End) EndOf(List<TextLine> lines)
    {
        var last = lines.FindLastIndex(l => l.IsOwn && !AnswerSigns.IsNoise(l.Text));
        for (var i = 0; i < lines.Count; i++)
        {
            if (IsOurs(lines[i])) return (Above(lines, i), lines[i].IsQuoted ? End.Quotation : End.Conversation);
            if (lines[i].IsQuoted || lines[i].IsCode) continue;
            if (AnswerSigns.BeginsConversation(lines[i].Text) || IsHeader(lines, i)) return (i, End.Conversation);
            if (AttributionAt(lines, i, last) is { } end) return (i, end);
            if (lines[i].Text is "--" && lines.Skip(i + 1).TakeWhile(l => !l.IsQuoted).Take(MaxSignature + 1).Count() <= MaxSignature)
                return (i, End.Signature);
        }
        return (lines.Count, End.None);
    }

    /// <summary>Our line as we wrote it, with words in it: a row of such signs alone is anybody's.</summary>
    static bool IsOurs(TextLine line) =>
        line.Text.IndexOf(Line + " ", StringComparison.Ordinal) is >= 0 and var at && line.Text.Length > at + Line.Length + 1
        && line.Text[at + Line.Length + 1] != Line[0];

    /// <summary>Where what belongs to our line begins: an attribution or quoted lines above it.</summary>
    static int Above(List<TextLine> lines, int at)
    {
        while (at > 0 && !lines[at - 1].IsOwn) at--;
        for (var folded = MaxFolded; folded > 0; folded--)
            if (at >= folded && IsAttribution(lines, at - folded, folded)) return at - folded;
        return at;
    }

    /// <summary>What is ended by an attribution that begins here; null if none does.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="last">The last line that may be the member's.</param>
    static End? AttributionAt(List<TextLine> lines, int at, int last)
    {
        for (var folded = 1; folded <= MaxFolded && at + folded <= lines.Count && lines[at + folded - 1].IsOwn; folded++)
        {
            if (!IsAttribution(lines, at, folded)) continue;
            var next = lines.FindIndex(at + folded, l => !l.IsBlank);
            var certainty = AnswerSigns.Attribution(Joined(lines, at, folded));
            if (next < 0 || !lines[next].IsQuoted) return next >= 0 && certainty is Certainty.Full ? End.Conversation : null;
            // "Ben wrote:" may also be how the member begins to speak of something, if words of theirs are below it.
            return certainty is Certainty.Some && last > next ? null : End.Quotation;
        }
        return null;
    }

    static bool IsAttribution(List<TextLine> lines, int at, int folded) =>
        (folded == 1 || AnswerSigns.MayGoOn(lines[at].Text)) && AnswerSigns.Attribution(Joined(lines, at, folded)) is not null;

    static string Joined(List<TextLine> lines, int at, int folded) => string.Join(' ', lines[at..(at + folded)].Select(l => l.Text));

    static bool IsHeader(List<TextLine> lines, int at) =>
        AnswerSigns.IsHeader(lines[at].Text, lines.Skip(at + 1).Take(HeaderLines).Select(l => l.Text));

    /// <summary>
    /// The words between and below quoted lines. What is quoted between them stays, unless it is our own notice, whose links are for its
    /// reader alone.
    /// </summary>
    /// <param name="lines">From the attribution or the first quoted line on.</param>
    /// <param name="isMore">Whether there are words above: then a line without a sign may be the end of a broken one.</param>
    static List<TextLine> Below(List<TextLine> lines, bool isMore)
    {
        var first = lines.FindIndex(l => l.IsQuoted);
        if (first < 0) return [];
        var below = lines[first..];
        for (var i = 1; isMore && i < below.Count; i++)
            if (below[i].IsOwn && below[i - 1].IsQuoted && Columns(below[i - 1].Text) >= BrokenColumns)
                below[i] = new("> " + below[i].Text, true);
        var start = below.FindIndex(l => l.IsOwn);
        if (start < 0) return [];
        below = Trimmed(below[..(start + EndOf(below[start..]).At)]);
        if (!below.Exists(l => l.IsOwn)) return [];
        if (lines.Exists(IsOurs)) return Trimmed(below.FindAll(l => !l.IsQuoted));
        // One quotation alone is what was answered, and the page shows that already.
        return below.FindIndex(start, l => l.IsQuoted) < 0 ? Trimmed(below[start..]) : below;
    }

    static int Columns(string line) => line.Sum(c => c < '\u2E80' ? 1 : 2);

    static List<TextLine> Trimmed(List<TextLine> lines)
    {
        var (from, to) = (0, lines.Count);
        while (from < to && lines[from].IsBlank) from++;
        while (to > from)
            if (lines[to - 1].IsBlank) to--;
            else if (lines[to - 1].IsQuoted)
            {
                var block = to;
                while (block > from && (lines[block - 1].IsQuoted || lines[block - 1].IsBlank)) block--;
                // What the member leads to is theirs: "He says:".
                if (block > from && lines[block - 1].Text is [.., ':' or '：'] && !lines[block..to].Exists(IsOfConversation)) break;
                to = block;
            }
            else if (FrameAt(lines, from, to) is { } frame) to = frame;
            else if (!lines[to - 1].IsCode && AnswerSigns.IsNoise(lines[to - 1].Text)) to--;
            else break;
        return lines[from..to];
    }

    /// <summary>Some programs quote the attribution, too.</summary>
    static bool IsOfConversation(TextLine line) => IsOurs(line) || AnswerSigns.Attributes(line.Text.TrimStart('>', '＞', ' '));

    /// <summary>Where a signature begins that ends here, as is usual in Japan: an address between two rows of signs.</summary>
    static int? FrameAt(List<TextLine> lines, int from, int to)
    {
        if (!AnswerSigns.IsFrame(lines[to - 1].Text)) return null;
        for (var i = to - 2; i >= from && i >= to - 2 - MaxSignature; i--)
            if (AnswerSigns.IsFrame(lines[i].Text))
                return lines[(i + 1)..(to - 1)].Exists(l => AnswerSigns.IsContact(l.Text)) ? i : null;
        return null;
    }
}
