using System.Text;
using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>
/// Validates a theme's style sheet: only the layers <c>base</c> and <c>theme</c>, and only URLs in the theme's folder.
/// All blocks must be closed, so that the sheet cannot swallow what follows it; the content is checked by
/// <see cref="StyleGrammar"/>.
/// </summary>
static partial class StyleRules
{
    /// <summary>The sheet with its URLs resolved by <paramref name="url"/>, which returns null for a missing file.</summary>
    /// <exception cref="BrokenTheme">The sheet violates the rules.</exception>
    public static string Apply(string css, Func<string, string?> url)
    {
        var result = new StringBuilder(css.Length + 200);
        var bare = new StringBuilder(css.Length);
        int depth = 0, at = 0;
        BrokenTheme Refused(string text, params object[] arguments) => new("theme.css", BrokenTheme.LineAt(css, at), text, arguments);

        void Copy(int length)
        {
            result.Append(css, at, length);
            bare.Append(css, at, length);
            at += length;
        }

        while (at < css.Length)
        {
            var rest = css.AsSpan(at);
            if (rest.StartsWith("/*"))
            {
                var end = css.IndexOf("*/", at + 2, StringComparison.Ordinal);
                if (end < 0) throw Refused("themes.broken.css.open", "/*");
                bare.Append(' ').Append('\n', css.AsSpan(at, end - at).Count('\n'));
                result.Append(' ');
                at = end + 2;
            }
            else if (depth == 0 && !char.IsWhiteSpace(css[at]))
            {
                var layer = LayerOpening().Match(css, at);
                if (!layer.Success) throw Refused("themes.broken.css.layer");
                Copy(layer.Length);
                depth = 1;
            }
            else if (css[at] is '"' or '\'')
            {
                var text = QuotedText().Match(css, at);
                if (!text.Success) throw Refused("themes.broken.css.open", css[at]);
                bare.Append("\"\"");
                result.Append(text.Value);
                at += text.Length;
            }
            else if (rest.StartsWith("url(", StringComparison.OrdinalIgnoreCase))
            {
                var file = Address().Match(css, at);
                var address = file.Success ? url(file.Groups[2].Value) : null;
                if (address is null)
                    throw Refused("themes.broken.css.url", css.Substring(at, Math.Min(60, css.Length - at)).Split('\n', ')')[0] + ")");
                result.Append("url(\"").Append(address).Append("\")");
                bare.Append("url()");
                at += file.Length;
            }
            else if (css[at] is '\\' or '<') throw Refused("themes.broken.css.sign", css[at]);
            else
            {
                if (css[at] == '{') depth++;
                if (css[at] == '}') depth--;
                Copy(1);
            }
        }
        if (depth != 0) throw Refused("themes.broken.css.open", "{");
        new StyleGrammar(bare.ToString()).Check();
        return result.ToString();
    }

    [GeneratedRegex(@"\G@layer\s+(?:base|theme)\s*\{")]
    private static partial Regex LayerOpening();

    [GeneratedRegex("""\G(?:"(?:[^"\\\n\r\f]|\\[^\n\r\f])*"|'(?:[^'\\\n\r\f]|\\[^\n\r\f])*')""")]
    private static partial Regex QuotedText();

    [GeneratedRegex("""\Gurl\(\s*(["']?)((?:images|fonts)/[A-Za-z0-9._/-]+)\1\s*\)""", RegexOptions.IgnoreCase)]
    private static partial Regex Address();
}
