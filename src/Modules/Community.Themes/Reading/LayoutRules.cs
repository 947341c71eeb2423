using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>
/// Validates a layout and its partials (docs/theming.md) by allow-lists: tags, attributes, values,
/// mustache forms. The text is parsed as a browser parses it, and a block must end in the context in which it began (text, tag, value),
/// so that no values can produce markup other than what was checked here.
/// </summary>
sealed partial class LayoutRules(IReadOnlyDictionary<string, string> partials)
{
    const int MaxIncludes = 100, MaxEach = 2;

    static readonly HashSet<string> values =
    [
        .. (
            "lang scheme site.name site.tagline site.home site.logo nav member member.name member.url languages "
            + "text.skip text.menu text.navigation page.kind images text url current code name"
        ).Split(' '),
    ];
    static readonly HashSet<string> lists = ["nav", "languages"];
    static readonly HashSet<string> tags =
    [
        .. (
            "html head body header footer main nav aside section article div p span a img picture source ul ol li dl dt dd strong em b i small br hr "
            + "h1 h2 h3 h4 h5 h6 figure figcaption details summary time address blockquote abbr meta link"
        ).Split(' '),
    ];
    static readonly HashSet<string> attributes = [.. "class id lang dir title role tabindex hidden".Split(' ')];
    static readonly Dictionary<string, string[]> attributesOf = new()
    {
        ["a"] = ["href", "hreflang", "rel"],
        ["img"] = ["src", "srcset", "sizes", "alt", "width", "height", "loading", "decoding"],
        ["source"] = ["srcset", "sizes", "media", "type", "width", "height"],
        ["link"] = ["rel", "href", "type", "sizes", "media"],
        ["meta"] = ["name", "content", "media"],
        ["time"] = ["datetime"],
        ["details"] = ["open", "name"],
    };
    // None that changes how the page is interpreted or indexed: no referrer, robots, http-equiv or charset.
    static readonly HashSet<string> metas =
    [
        .. (
            "theme-color color-scheme description author application-name format-detection mobile-web-app-capable "
            + "apple-mobile-web-app-title apple-mobile-web-app-status-bar-style"
        ).Split(' '),
    ];
    static readonly HashSet<string> relations = [.. "noopener noreferrer nofollow home help license author me external".Split(' ')];

    readonly HashSet<string> slots = [];
    readonly List<string> open = [];
    int includes;

    public void Check(string layout)
    {
        Walk("layout.hbs", layout, 0, false);
        foreach (var slot in Layout.Slots)
            if (!slots.Contains(slot)) throw new BrokenTheme("layout.hbs", 0, "themes.broken.slot.missing", slot);
    }

    void Walk(string file, string source, int each, bool inBlock) => new Walker(this, file, source, each, inBlock).Run();

    void Include(string file, int line, string partial, int each, bool inBlock)
    {
        if (!partials.TryGetValue(partial, out var source)) throw new BrokenTheme(file, line, "themes.broken.partial", partial);
        if (open.Contains(partial) || ++includes > MaxIncludes) throw new BrokenTheme(file, line, "themes.broken.recursion", partial);
        open.Add(partial);
        Walk($"partials/{partial}.hbs", source, each, inBlock);
        open.RemoveAt(open.Count - 1);
    }

    enum Place { Text, Tag, Value }

    readonly record struct Where(Place Place, string Tag, string Attribute);

    sealed class Walker(LayoutRules rules, string file, string source, int each, bool inBlock)
    {
        readonly Stack<(string Kind, Where Where)> blocks = [];
        Where where = new(Place.Text, "", "");
        int at, valueFrom;

        public void Run()
        {
            while (at < source.Length)
            {
                if (source[at] == '\0' || source[at] == '\u0001' || source.AsSpan(at).StartsWith("\\{"))
                    throw Refused("themes.broken.mustache", "\\{");
                if (source.AsSpan(at).StartsWith("{{"))
                    Mustache();
                else if (where.Place == Place.Text)
                    Text();
                else if (where.Place == Place.Tag)
                    Tag();
                else
                    Value();
            }
            if (blocks.Count > 0) throw Refused("themes.broken.block", blocks.Peek().Kind);
            if (where.Place != Place.Text) throw Refused("themes.broken.tag.open", where.Tag);
        }

        BrokenTheme Refused(string text, params object[] arguments) => new(file, BrokenTheme.LineAt(source, at), text, arguments);

        bool Take(Regex form, out Match match)
        {
            match = form.Match(source, at);
            if (match.Success) at += match.Length;
            return match.Success;
        }

        void Text()
        {
            if (source[at] != '<') at++;
            else if (Take(Doctype(), out _) || Take(Comment(), out _)) { }
            else if (Take(Closing(), out var closing)) Allowed(closing);
            else if (Take(Opening(), out var opening))
            {
                Allowed(opening);
                where = new(Place.Tag, opening.Groups[1].Value, "");
            }
            else throw Refused("themes.broken.tag", Excerpt());
        }

        void Allowed(Match tag)
        {
            if (!tags.Contains(tag.Groups[1].Value)) throw Refused("themes.broken.tag", "<" + tag.Groups[1].Value + ">");
        }

        void Tag()
        {
            if (char.IsWhiteSpace(source[at])) at++;
            else if (Take(TagEnd(), out _)) where = new(Place.Text, "", "");
            else if (Take(AttributeName(), out var name))
            {
                var attribute = name.Groups[1].Value;
                if (
                    !attributes.Contains(attribute)
                    && !(attributesOf.TryGetValue(where.Tag, out var own) && own.Contains(attribute))
                    && !OpenAttribute().IsMatch(attribute)
                )
                    throw Refused("themes.broken.attribute", attribute);
                if (!name.Groups[2].Success)
                    return;
                where = where with { Place = Place.Value, Attribute = attribute };
                valueFrom = at;
            }
            else throw Refused("themes.broken.attribute", Excerpt());
        }

        void Value()
        {
            if (source[at] == '<') throw Refused("themes.broken.attribute", where.Attribute);
            if (source[at] != '"') { at++; return; }
            var value = source[valueFrom..at];
            var fine = where.Attribute switch
            {
                "href" when where.Tag == "link" => value.StartsWith("{{images}}/", StringComparison.Ordinal),
                "href" => LinkForm().IsMatch(value),
                "src" => PictureForm().IsMatch(value),
                "srcset" => value.StartsWith("{{images}}/", StringComparison.Ordinal) && !value.Contains("//"),
                "rel" when where.Tag == "link" => value is "icon" or "apple-touch-icon",
                "rel" => value.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(relations.Contains),
                "name" when where.Tag == "meta" => metas.Contains(value),
                _ => true,
            };
            if (!fine)
                throw Refused(
                    where.Attribute is "name" or "rel" ? "themes.broken.attribute.value" : "themes.broken.url",
                    where.Attribute,
                    value
                );
            at++;
            where = where with { Place = Place.Tag, Attribute = "" };
        }

        void Mustache()
        {
            var line = BrokenTheme.LineAt(source, at);
            if (Take(Slot(), out var slot))
            {
                if (where.Place != Place.Text || blocks.Count > 0 || inBlock || !rules.slots.Add(slot.Groups[1].Value))
                    throw new BrokenTheme(file, line, "themes.broken.slot", slot.Groups[1].Value);
            }
            else if (Take(Open(), out var block))
            {
                var (kind, value) = (block.Groups[1].Value, block.Groups[2].Value);
                Known(line, value, kind == "each" ? lists : values);
                blocks.Push((kind, where));
                if (each + blocks.Count(b => b.Kind == "each") > MaxEach)
                    throw new BrokenTheme(file, line, "themes.broken.each", MaxEach);
            }
            else if (Take(Else(), out _))
            {
                if (blocks.Count == 0 || blocks.Peek().Where != where) throw new BrokenTheme(file, line, "themes.broken.block", "else");
            }
            else if (Take(Close(), out var close))
            {
                if (blocks.Count == 0 || blocks.Peek() != (close.Groups[1].Value, where))
                    throw new BrokenTheme(file, line, "themes.broken.block", "/" + close.Groups[1].Value);
                blocks.Pop();
            }
            else if (Take(Partial(), out var partial))
            {
                if (where.Place != Place.Text) throw new BrokenTheme(file, line, "themes.broken.mustache", partial.Value);
                rules.Include(file, line, partial.Groups[1].Value, each + blocks.Count(b => b.Kind == "each"), inBlock || blocks.Count > 0);
            }
            else if (Take(MustacheComment(), out _)) { }
            else if (Take(Shown(), out var shown))
            {
                Known(line, shown.Groups[1].Value, values);
                if (where.Place == Place.Tag) throw new BrokenTheme(file, line, "themes.broken.mustache", shown.Value);
            }
            else throw Refused("themes.broken.mustache", Excerpt());
        }

        void Known(int line, string value, HashSet<string> known)
        {
            if (!known.Contains(value)) throw new BrokenTheme(file, line, "themes.broken.value", value);
        }

        string Excerpt() => source.Substring(at, Math.Min(30, source.Length - at)).Split('\n')[0];
    }

    [GeneratedRegex(@"\G<!DOCTYPE html>", RegexOptions.IgnoreCase)]
    private static partial Regex Doctype();

    [GeneratedRegex(@"\G<!--(?![->])[^-{}<>]*(?:-[^-{}<>]+)*-->")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\G</([a-z][a-z0-9]*)\s*>")]
    private static partial Regex Closing();

    [GeneratedRegex(@"\G<([a-z][a-z0-9]*)(?=[\s/>{])")]
    private static partial Regex Opening();

    [GeneratedRegex(@"\G/?>")]
    private static partial Regex TagEnd();

    [GeneratedRegex(@"\G([a-z][a-z0-9-]*)(?:(="")|(?=[\s/>{]))")]
    private static partial Regex AttributeName();

    [GeneratedRegex(@"^(?:aria|data)-[a-z-]+\z")]
    private static partial Regex OpenAttribute();

    [GeneratedRegex(@"^(?:/(?![/\\])|#|https://|mailto:|\{\{(?:url|site\.home|member\.url)\}\}\z)")]
    private static partial Regex LinkForm();

    [GeneratedRegex(@"^(?:\{\{images\}\}/|\{\{site\.logo\}\}\z)")]
    private static partial Regex PictureForm();

    [GeneratedRegex(@"\G\{\{\{\s*(head|account|body|sidebar|footer|scripts)\s*\}\}\}(?!\})")]
    private static partial Regex Slot();

    [GeneratedRegex(@"\G\{\{#(if|unless|each)\s+([a-z]+(?:\.[a-z]+)?)\s*\}\}(?!\})")]
    private static partial Regex Open();

    [GeneratedRegex(@"\G\{\{\s*else\s*\}\}(?!\})")]
    private static partial Regex Else();

    [GeneratedRegex(@"\G\{\{/(if|unless|each)\s*\}\}(?!\})")]
    private static partial Regex Close();

    [GeneratedRegex(@"\G\{\{>\s*([a-z][a-z0-9-]*)\s*\}\}(?!\})")]
    private static partial Regex Partial();

    [GeneratedRegex(@"\G\{\{!(?:--[^{}]*--|[^{}-][^{}]*)\}\}(?!\})")]
    private static partial Regex MustacheComment();

    [GeneratedRegex(@"\G\{\{\s*([a-z]+(?:\.[a-z]+)?)\s*\}\}(?!\})")]
    private static partial Regex Shown();
}
