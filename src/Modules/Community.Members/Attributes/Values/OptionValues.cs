using Community.Kernel;

namespace Community.Members;

/// <summary>
/// One or many of the attribute's options. Typed, an option is its label in either language, its key, or its id; several are separated by
/// line breaks, semicolons, commas, 、 or bars. The longest option that fits counts, so that a label may contain a separator.
/// </summary>
sealed class OptionValues(bool many) : ValueRules
{
    const string Separators = "\n;；,，、|｜";

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var names = Names(attribute);
        if (names.TryGetValue(KeyOf(typed), out var one)) return ValueRead.Of(new() { Options = [one] });
        if (!many) return ValueRead.Wrong("option", typed.Trim());
        var rest = typed.ReplaceLineEndings("\n");
        var chosen = new SortedSet<long>();
        while (Trimmed(rest) is { Length: > 0 } open)
        {
            // From the longest piece that ends at a separator to the shortest.
            var ends = Ends(open);
            var end = ends.LastOrDefault(e => names.ContainsKey(KeyOf(open[..e])), -1);
            if (end < 0) return ValueRead.Wrong("option", open[..ends[0]].Trim());
            chosen.Add(names[KeyOf(open[..end])]);
            rest = open[end..];
        }
        return chosen.Count == 0 ? ValueRead.None : ValueRead.Of(new() { Options = [.. chosen] });
    }

    static string Trimmed(string text) => text.Trim().TrimStart([.. Separators, ' ', '\u3000']).Trim();

    static List<int> Ends(string text)
    {
        var ends = new List<int>();
        for (var at = 0; at < text.Length; at++)
            if (Separators.Contains(text[at])) ends.Add(at);
        ends.Add(text.Length);
        return ends;
    }

    // The options in use win over retired ones of the same label.
    static Dictionary<string, long> Names(MemberAttribute attribute)
    {
        var names = new Dictionary<string, long>();
        foreach (var option in attribute.Options.OrderBy(o => o.RetiredAt is not null).ThenBy(o => o.Position))
            foreach (var name in Texts.Languages.Select(l => option.Labels[l]).Append(option.Key))
                if (name.Length > 0) names.TryAdd(KeyOf(name), option.Id);
        return names;
    }

    /// <summary>A form sends ids, each in a field of the same name.</summary>
    public override ValueRead Read(MemberAttribute attribute, Func<string, IReadOnlyList<string>> parts, DateOnly today)
    {
        var typed = parts("").Where(t => !IsBlank(t)).ToList();
        if (typed.Count == 0) return ValueRead.None;
        var options = new SortedSet<long>();
        foreach (var text in typed)
        {
            if (long.TryParse(text, out var id) && attribute.Options.Any(o => o.Id == id)) { options.Add(id); continue; }
            var read = Parse(attribute, text, today);
            if (read.Problem is not null) return read;
            options.UnionWith(read.Value!.Options);
        }
        return many || options.Count == 1 ? ValueRead.Of(new() { Options = [.. options] }) : ValueRead.Wrong("one-option");
    }

    public override ValueProblem? Check(MemberAttribute attribute, TypedValue value, DateOnly today, TypedValue? before)
    {
        var gone = value.Options
            .Except(before?.Options ?? [])
            .Select(id => attribute.Options.FirstOrDefault(o => o.Id == id))
            .FirstOrDefault(o => o?.RetiredAt is not null);
        if (gone is not null) return new("option.retired", gone.Label(Language));
        return !many ? null
            : value.Options.Count < attribute.Min ? new("few", attribute.Min)
            : value.Options.Count > attribute.Max ? new("many", attribute.Max)
            : null;
    }

    static string Language => AttributeTexts.Language;

    IEnumerable<string> Labels(MemberAttribute attribute, TypedValue value, string language) =>
        attribute
            .Options.Where(o => value.Options.Contains(o.Id))
            .OrderBy(o => o.Position)
            .ThenBy(o => o.Id)
            .Select(o => o.Label(language));

    public override string Format(MemberAttribute attribute, TypedValue value, string language) =>
        string.Join(Of(language).Join, Labels(attribute, value, language));

    public override string Plain(MemberAttribute attribute, TypedValue value, string language) =>
        string.Join("; ", Labels(attribute, value, language));

    public override IEnumerable<(string Part, string Text)> ToForm(MemberAttribute attribute, TypedValue value, string language) =>
        value.Options.Select(o => ("", o.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) =>
        value.Options.Select(o => new AttributeValue { Item = many ? o : 0, OptionId = o });

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) =>
        new() { Options = [.. rows.Select(r => r.OptionId!.Value).Order()] };
}
