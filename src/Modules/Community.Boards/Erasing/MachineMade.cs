using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// A member's name where the program wrote it into texts: the line above a quotation, in any language and at any depth of quoting, and
/// links to the profile. What somebody typed is not touched.
/// </summary>
sealed class MachineMade
{
    readonly List<(Regex Line, string Instead)> quotes = [];
    readonly Regex profile;

    /// <summary>The member's posts, as topic and number.</summary>
    readonly IReadOnlySet<(long Topic, int Number)> posts;

    public MachineMade(IReadOnlySet<(long Topic, int Number)> posts, string profileUrl, IStringLocalizer texts)
    {
        this.posts = posts;
        foreach (var language in Texts.Languages)
        {
            var former = Markup.Literal(((Texts)texts).In(language, "boards.author.gone"));
            var template = ((Texts)texts).In(language, "boards.quote.of").Value;
            quotes.Add((new Regex(PatternOf(template), RegexOptions.CultureInvariant), former));
        }
        // [Ben](/members/0a1b) and the bare address, with the site's host or without.
        var url = @"(?:https?://[^\s/()<>\]]+)?" + Regex.Escape(profileUrl) + @"(?![0-9a-f])";
        profile = new(@"\[(?:[^\[\]\n]|\\.)*\]\(" + url + @"[^\s()]*\)|<?" + url + ">?", RegexOptions.CultureInvariant);
    }

    // The template with its placeholders as groups: name, number, address of the post.
    internal static string PatternOf(string template)
    {
        var pattern = new StringBuilder(@"^(?<quoted>(?:> ?)*)");
        var at = 0;
        foreach (Match part in Regex.Matches(template, @"\{(\d)(?::\w+)?\}"))
        {
            var group = part.Groups[1].Value switch
            {
                "0" => @"(?<name>.+?)",
                "1" => @"\d+",
                _ => @"[^\s()]*?/(?<topic>\d+)/posts/(?<number>\d+)",
            };
            pattern.Append(Regex.Escape(template[at..part.Index])).Append(group);
            at = part.Index + part.Length;
        }
        return pattern.Append(Regex.Escape(template[at..])).Append(@"\s*$").ToString();
    }

    /// <summary>The text with the placeholder in their place; the same object if there was nothing.</summary>
    public string Replace(string text, string former)
    {
        var lines = text.Split('\n');
        var changed = false;
        for (var i = 0; i < lines.Length; i++)
            foreach (var (line, instead) in quotes)
                if (line.Match(lines[i]) is { Success: true } match
                    && long.TryParse(match.Groups["topic"].ValueSpan, CultureInfo.InvariantCulture, out var topic)
                    && int.TryParse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture, out var number)
                    && posts.Contains((topic, number))
                    && match.Groups["name"].Value != instead)
                {
                    var name = match.Groups["name"];
                    lines[i] = lines[i][..name.Index] + instead + lines[i][(name.Index + name.Length)..];
                    changed = true;
                }
        var whole = changed ? string.Join('\n', lines) : text;
        return profile.IsMatch(whole) ? profile.Replace(whole, Markup.Literal(former)) : whole;
    }
}
