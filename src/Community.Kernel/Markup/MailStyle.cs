namespace Community.Kernel;

/// <summary>
/// The style of a mail's text. Lines have a grey that is visible on white and on black, and nothing has its own background:
/// mail programs with a dark mode change the text or page colours, and not always both.
/// </summary>
/// <param name="Link">The link colour.</param>
/// <param name="Root">The site's URL with a trailing slash, prefixed to links within the site.</param>
sealed record MailStyle(string Link, string Root)
{
    const string Line = "#8a8a8a", Room = "margin:0 0 1em";

    public static string Of(string element) =>
        element switch
        {
            "p" => Room,
            "h4" => Head(20),
            "h5" => Head(18),
            "h6" => Head(16),
            "blockquote" => $"margin:0 0 1em;padding:0 0 0 1em;border-left:3px solid {Line}",
            "ul" or "ol" => "margin:0 0 1em;padding:0 0 0 1.6em",
            "pre" =>
                $"margin:0 0 1em;padding:8px 12px;border:1px solid {Line};border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:14px;line-height:1.5",
            "code" => "font-family:ui-monospace,Consolas,Menlo,monospace",
            "table" => "margin:0 0 1em;border-collapse:collapse;max-width:100%",
            "th" => $"padding:4px 10px;border:1px solid {Line};text-align:left;vertical-align:top;font-weight:bold",
            "td" => $"padding:4px 10px;border:1px solid {Line};text-align:left;vertical-align:top",
            "hr" => $"margin:1.5em 0;border:0;border-top:1px solid {Line}",
            _ => "",
        };

    static string Head(int size) => $"margin:1.4em 0 .5em;font-size:{size}px;line-height:1.4;font-weight:bold";
}
