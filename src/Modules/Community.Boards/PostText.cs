using System.Text;
using Community.Kernel;

namespace Community.Boards;

/// <summary>What a post may hold, and the form in which it is kept.</summary>
public static class PostText
{
    /// <summary>Fits a line of the tree and the subject of a letter.</summary>
    public const int MaxTitleLength = 120;

    /// <summary>Some thirty pages: who has more to say writes a second post.</summary>
    public const int MaxTextLength = 60_000;

    /// <summary>One line of the tree of titles, as long as a title: shown is what there is room for.</summary>
    public const int SnippetLength = 120;
    public const int MaxReasonLength = 500;

    /// <summary>One line; null if nothing was typed.</summary>
    /// <exception cref="Refused">It is too long, or no title (<see cref="Naming"/>).</exception>
    public static string? Title(string? title)
    {
        var read = Naming.Read(string.Join(' ', Plain(title ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        if (read.Fault is NameFault.Missing)
            return null;
        if (read.Problem is { } wrong)
            throw new Refused(wrong);
        return read.Text.Length > MaxTitleLength ? throw new Refused("boards.refused.long-title") : read.Text;
    }

    /// <exception cref="Refused">It is empty or too long, or shows nothing.</exception>
    public static string Body(string? text)
    {
        var body = Plain((text ?? "").Replace("\r\n", "\n").Replace('\r', '\n')).TrimEnd().TrimStart('\n');
        if (string.IsNullOrWhiteSpace(body))
            throw new Refused("boards.refused.no-text");
        if (body.Length <= MaxTextLength && !Markup.Shows(body))
            throw new Refused("boards.refused.blank");
        return body.Length > MaxTextLength ? throw new Refused("boards.refused.long-text") : body;
    }

    /// <summary>A reason in a member's or moderator's words, on one line and cut to what is kept.</summary>
    public static string Reason(string? reason)
    {
        var line = Plain(reason ?? "").ReplaceLineEndings(" ").Trim();
        return Truncate.To(MaxReasonLength, line);
    }

    /// <summary>
    /// Whether hiding something with this reason says more than stands there: it is not hidden yet, or for another reason.
    /// </summary>
    internal static bool IsNewReason(DateTime? hiddenAt, string? before, string reason) =>
        hiddenAt is null || (Reason(reason) is { Length: > 0 } now && now != before);

    /// <summary>The words as a quotation below a line that says whose they are, with room below it to answer.</summary>
    public static string Quote(string whose, string text) =>
        whose + "\n\n" + string.Concat(text.Split('\n').Select(line => line.Length == 0 ? ">\n" : "> " + line + "\n")) + "\n";

    // PostgreSQL keeps no NUL; other control characters only confuse who reads.
    static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in Characters.Legible(text).EnumerateRunes())
            if (rune.Value is '\n' or '\t' || !Rune.IsControl(rune))
                plain.Append(rune);
        return plain.ToString();
    }
}
