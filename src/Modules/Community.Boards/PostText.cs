using System.Text;
using Community.Kernel;

namespace Community.Boards;

/// <summary>Limits and normal form of a post's texts.</summary>
public static class PostText
{
    /// <summary>Fits on a line of the tree and into an e-mail subject.</summary>
    public const int MaxTitleLength = 120;

    /// <summary>About thirty pages; for more, write a second post.</summary>
    public const int MaxTextLength = 60_000;

    /// <summary>One line of the title tree, as long as a title; the page clips what does not fit.</summary>
    public const int SnippetLength = 120;
    public const int MaxReasonLength = 500;

    /// <summary>One line; null if nothing was typed.</summary>
    /// <exception cref="Refused">It is too long, or not a valid title (see <see cref="Naming"/>).</exception>
    public static string? Title(string? title)
    {
        var read = Naming.Read(string.Join(' ', Plain(title ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        if (read.Fault is NameFault.Missing)
            return null;
        if (read.Problem is { } wrong)
            throw new Refused(wrong);
        return read.Text.Length > MaxTitleLength ? throw new Refused("boards.refused.long-title") : read.Text;
    }

    /// <exception cref="Refused">It is empty, too long, or has no visible text.</exception>
    public static string Body(string? text)
    {
        var body = Normal(text);
        if (string.IsNullOrWhiteSpace(body))
            throw new Refused("boards.refused.no-text");
        if (body.Length <= MaxTextLength && !Markup.Shows(body))
            throw new Refused("boards.refused.blank");
        return body.Length > MaxTextLength ? throw new Refused("boards.refused.long-text") : body;
    }

    /// <summary>As <see cref="Body"/>, with nothing refused.</summary>
    public static string Normal(string? text) => Typed(text).TrimEnd().TrimStart('\n');

    /// <summary>What was typed so far, with nothing refused but what cannot be stored.</summary>
    public static string Typed(string? text) => Plain((text ?? "").Replace("\r\n", "\n").Replace('\r', '\n'));

    /// <summary>A member's or moderator's reason, on one line and cut to <see cref="MaxReasonLength"/>.</summary>
    public static string Reason(string? reason)
    {
        var line = Plain(reason ?? "").ReplaceLineEndings(" ").Trim();
        return Truncate.To(MaxReasonLength, line);
    }

    /// <summary>
    /// Whether hiding something with this reason changes anything: it is not hidden yet, or the reason is given and different.
    /// </summary>
    internal static bool IsNewReason(DateTime? hiddenAt, string? before, string reason) =>
        hiddenAt is null || (Reason(reason) is { Length: > 0 } now && now != before);

    /// <summary>The text as a Markdown quotation below an attribution line, with an empty line to reply below.</summary>
    public static string Quote(string whose, string text) =>
        whose + "\n\n" + string.Concat(text.Split('\n').Select(line => line.Length == 0 ? ">\n" : "> " + line + "\n")) + "\n";

    // PostgreSQL cannot store NUL; other control characters only confuse readers.
    static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in Characters.Legible(text).EnumerateRunes())
            if (rune.Value is '\n' or '\t' || !Rune.IsControl(rune))
                plain.Append(rune);
        return plain.ToString();
    }
}
