using System.Net;
using System.Text.RegularExpressions;

namespace Community.Web.DevMail;

/// <summary>A mail's plain text as HTML, with its URLs as links.</summary>
static partial class MailText
{
    public static string WithLinks(string text)
    {
        var html = new System.Text.StringBuilder();
        var at = 0;
        foreach (Match match in Address().Matches(text))
        {
            html.Append(WebUtility.HtmlEncode(text[at..match.Index]));
            var url = WebUtility.HtmlEncode(match.Value);
            html.Append($"<a href=\"{url}\">{url}</a>");
            at = match.Index + match.Length;
        }
        return html.Append(WebUtility.HtmlEncode(text[at..])).ToString();
    }

    [GeneratedRegex("https?://[^\\s<>\"）)]+")]
    private static partial Regex Address();
}
