using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Members;

/// <summary>What a row says of a member, as far as that can be read without asking the database.</summary>
public sealed class ParsedRow
{
    public required int Row { get; init; }
    public required FileRow Source { get; init; }
    public int Line => Source.Line;
    /// <summary>By what the member is recognised, in the form in which keys are compared; empty if the row has none.</summary>
    public string Key { get; set; } = "";
    public EmailAddress? Email { get; set; }
    public string? Name { get; set; }
    public string? Password { get; set; }
    public string? Language { get; set; }
    public DateTime? Joined { get; set; }
    /// <summary>The mapped attributes; null for a blank cell. A text that does not fit is among <see cref="Unfit"/> instead.</summary>
    public List<(MemberAttribute Attribute, int Column, TypedValue? Value)> Values { get; } = [];
    public List<(MemberAttribute Attribute, int Column, string Typed, ValueProblem Problem)> Unfit { get; } = [];
    public List<(MailKind Kind, int Column, bool Granted)> Consents { get; } = [];
    /// <summary>The ids of groups and tags.</summary>
    public IReadOnlyList<long> Groups { get; set; } = [];
    public IReadOnlyList<long> Tags { get; set; } = [];
    public DateTime? ProofDate { get; set; }
    public string ProofSource { get; set; } = "";
    public string ProofText { get; set; } = "";
    public List<ImportProblem> Problems { get; } = [];
    public bool IsBad => Problems.Any(p => !p.IsNote);
}

/// <summary>Reads rows of members by a mapping. Asks no database; the same file and mapping always give the same.</summary>
public sealed partial class RowParser(
    long import, ImportMapping mapping, SiteAttributes attributes, IReadOnlyList<MailKind> kinds, ImportNames names,
    SiteDb db, DateOnly today)
{
    // Addresses whose parts stand in columns of their own, with the number of each part's column; and where else their prefecture stands.
    readonly List<(MemberAttribute Attribute, Dictionary<string, int> Columns)> addresses = Addresses(mapping, attributes);
    readonly int prefecture = Prefecture(mapping, attributes);
    // Member numbers that are not what members are recognised by.
    readonly List<(MemberAttribute Attribute, int Column)> numbers =
    [
        .. mapping
            .Columns.Select((c, i) => (Attribute: attributes.OfTarget(c.Target)!, Column: i, c.Target))
            .Where(c => c.Attribute is { Type: AttributeType.MemberNumber } && c.Target != mapping.Key)
            .Select(c => (c.Attribute, c.Column)),
    ];
    readonly Dictionary<string, MailKind> kindOf = kinds.ToDictionary(k => ImportTargets.Consent + k.Key);

    /// <summary>The key by which a row's member is recognised; empty if it has none, or none that can be read.</summary>
    public string KeyOf(FileRow row)
    {
        var cell = row[mapping.At(mapping.Key)];
        if (ValueRules.IsBlank(cell.Text)) return "";
        if (mapping.Key == ImportTargets.Email) return EmailAddress.TryParse(cell.Text, out var email) ? email.Normal : "";
        var attribute = attributes.OfKey(mapping.Key[ImportTargets.Attribute.Length..]);
        return attribute?.Parse(cell.Text, today).Value is { } value ? attribute.Rows(0, value)[0].Key ?? "" : "";
    }

    /// <summary>What no other row of the file may have: its key, its address, its member numbers.</summary>
    public IEnumerable<string> UniqueOf(FileRow row)
    {
        if (KeyOf(row) is { Length: > 0 } key) yield return key;
        if (mapping.Key != ImportTargets.Email && EmailAddress.TryParse(row[mapping.At(ImportTargets.Email)].Text, out var email))
            yield return Unique(email);
        foreach (var (attribute, column) in numbers)
            if (attribute.Parse(row[column].Text, today).Value is { } value)
                yield return Unique(attribute, attribute.Rows(0, value)[0].Key!);
    }

    internal static string Unique(EmailAddress address) => "@" + address.Normal;
    internal static string Unique(MemberAttribute attribute, string number) => $"#{attribute.Id} {number}";

    public ParsedRow Parse(int number, FileRow row)
    {
        var parsed = new ParsedRow { Row = number, Source = row, Key = KeyOf(row) };
        if (row.Fault is { } fault)
        {
            Bad(parsed, -1, fault.Reason, fault.LastLine);
            return parsed;
        }
        // Else values of one column would be taken for those of the next.
        if (row.Cells.Skip(mapping.Columns.Count).Any(c => !ValueRules.IsBlank(c.Text)))
            Bad(parsed, -1, "import.bad.cells", mapping.Columns.Count);
        for (var column = 0; column < mapping.Columns.Count; column++)
        {
            var target = mapping.Columns[column].Target;
            if (target.Length == 0) continue;
            var cell = row[column];
            if (cell.IsMerged && cell.Text.Length > 0) Note(parsed, column, "import.note.merged");
            if (cell.Fault is { } why) Bad(parsed, column, why);
            else if (ImportFile.IsUnreadable(cell.Text)) Bad(parsed, column, "import.bad.letters");
            else if (target.StartsWith(ImportTargets.Attribute, StringComparison.Ordinal)) Attribute(parsed, column, cell);
            else if (kindOf.TryGetValue(target, out var kind)) Consent(parsed, column, kind, cell.Text);
            else if (!ValueRules.IsBlank(cell.Text)) Own(parsed, column, target, cell);
        }
        foreach (var (attribute, columns) in addresses)
            if (!columns.Values.Any(c => row[c].Fault is not null || ImportFile.IsUnreadable(row[c].Text)))
                Address(parsed, attribute, columns);
        if (parsed.Key.Length == 0 && !parsed.IsBad)
            Bad(parsed, mapping.At(mapping.Key), "import.bad.key");
        Proof(parsed);
        return parsed;
    }

    void Own(ParsedRow parsed, int column, string target, Cell cell)
    {
        var text = cell.Text.Trim();
        switch (target)
        {
            case ImportTargets.Email:
                if (EmailAddress.TryParse(text, out var email) && EmailAddress.ProblemOf(text) is null)
                    parsed.Email = email;
                else
                    Bad(
                        parsed,
                        column,
                        "members.email.problem." + (EmailAddress.ProblemOf(text) ?? EmailProblem.Form).ToString().ToLowerInvariant()
                    );
                break;
            case ImportTargets.Name:
                var name = Naming.Read(text);
                if (name.Problem is { } wrong) Bad(parsed, column, wrong);
                else if (new StringInfo(name.Text).LengthInTextElements > Member.MaxNameLength || name.Text.Length > 200)
                    Bad(parsed, column, "members.name.long", Member.MaxNameLength);
                else parsed.Name = name.Text;
                break;
            case ImportTargets.Password:
                if (ForeignHash.IsKnown(text)) parsed.Password = text;
                // A hash is never shown, nor kept in a list of bad rows.
                else parsed.Problems.Add(Problem(parsed, column, "import.bad.password", [], value: null));
                break;
            case ImportTargets.Language:
                var language = text.ToLowerInvariant().Split('-', '_')[0] switch { "日本語" => "ja", "英語" or "english" => "en", var l => l };
                if (Texts.Languages.Contains(language)) parsed.Language = language;
                else Bad(parsed, column, "import.bad.language");
                break;
            case ImportTargets.Joined:
                parsed.Joined = Moment(parsed, column, cell);
                break;
            case ImportTargets.ProofDate:
                parsed.ProofDate = Moment(parsed, column, cell);
                break;
            case ImportTargets.Groups or ImportTargets.Tags:
                var (ids, unknown) = names.Read(target, text);
                if (unknown is not null)
                    Bad(parsed, column, target == ImportTargets.Groups ? "import.bad.group" : "import.bad.tag", unknown);
                else if (target == ImportTargets.Groups) parsed.Groups = ids;
                else parsed.Tags = ids;
                break;
            case ImportTargets.ProofSource: parsed.ProofSource = Truncate.To(200, text); break;
            case ImportTargets.ProofText: parsed.ProofText = Truncate.To(1000, text); break;
        }
    }

    /// <summary>A day, or a day and a time in the site's zone, that is not to come; else null, and the row is bad.</summary>
    DateTime? Moment(ParsedRow parsed, int column, Cell cell)
    {
        var text = ImportFile.DayOf(cell) ?? cell.Text.Trim();
        var at = DateValues.Day(text, out var problem) is { } day ? day.ToDateTime(TimeOnly.MinValue)
            : DateTime.TryParseExact(text.Replace('T', ' ').Replace('/', '-').TrimEnd('Z'),
                ["yyyy-M-d H:mm:ss", "yyyy-M-d H:mm", "yyyy-M-d H:mm:ss.FFFFFFF"],
                CultureInfo.InvariantCulture, DateTimeStyles.None, out var exact) ? exact
            : (DateTime?)null;
        if (at is { Year: >= 1970 } local && db.Site.ToUtc(local) is var utc && utc <= db.Now) return utc;
        if (at is null && problem.Reason != "date") Bad(parsed, column, "attributes.problem." + problem.Reason, problem.Args);
        else Bad(parsed, column, "import.bad.date");
        return null;
    }

    void Attribute(ParsedRow parsed, int column, Cell cell)
    {
        if (attributes.OfTarget(mapping.Columns[column].Target) is not { IsSearchable: true } attribute)
        {
            Bad(parsed, column, "import.bad.attribute");
            return;
        }
        if (addresses.Any(a => a.Attribute == attribute)) return;
        if (ValueRules.IsBlank(cell.Text)) { parsed.Values.Add((attribute, column, null)); return; }
        var typed = cell.Text;
        if (attribute.Type is AttributeType.Date or AttributeType.Birthday) typed = ImportFile.DayOf(cell) ?? typed;
        if (mapping.Columns[column].Meanings.TryGetValue(typed.Trim(), out var meaning))
        {
            if (meaning == "none")
            {
                parsed.Values.Add((attribute, column, null));
                return;
            }
            if (ValueOf(attribute, meaning) is { } known)
            {
                parsed.Values.Add((attribute, column, known with { Type = attribute.Type }));
                return;
            }
        }
        var (value, problem) = Read(attribute, typed);
        if (HasDigits(attribute) && Rounded().IsMatch(typed.Trim())) Bad(parsed, column, "import.bad.rounded");
        else if (problem is null) parsed.Values.Add((attribute, column, value));
        else parsed.Unfit.Add((attribute, column, typed, problem));
    }

    const int MaxOptionsRead = 10_000;
    readonly Dictionary<(long, string), ValueRead> optionsRead = [];

    /// <summary>Options are compared with each of their names: a column has few values, which are read once.</summary>
    ValueRead Read(MemberAttribute attribute, string typed)
    {
        if (!AttributeDefinition.HasOptions(attribute.Type)) return attribute.Parse(typed, today);
        if (optionsRead.TryGetValue((attribute.Id, typed), out var known)) return known;
        if (optionsRead.Count >= MaxOptionsRead) optionsRead.Clear();
        return optionsRead[(attribute.Id, typed)] = attribute.Parse(typed, today);
    }

    static List<(MemberAttribute, Dictionary<string, int>)> Addresses(ImportMapping mapping, SiteAttributes attributes) =>
    [
        .. mapping.Columns.Select((c, i) => (Attribute: attributes.OfTarget(c.Target), Part: ImportTargets.PartOf(c.Target), Column: i))
            .Where(c => c.Attribute is { Type: AttributeType.Address, IsSearchable: true })
            .GroupBy(c => c.Attribute!)
            .Select(g => (g.Key, g.DistinctBy(c => c.Part).ToDictionary(c => c.Part, c => c.Column))),
    ];

    /// <summary>The column of the member's prefecture; -1 if there is none, or several.</summary>
    static int Prefecture(ImportMapping mapping, SiteAttributes attributes) =>
        mapping.Columns.Select((c, i) => (attributes.OfTarget(c.Target)?.Type, Column: i)).Where(c => c.Type is AttributeType.Prefecture)
            .Take(2).ToList() is [var one] ? one.Column : -1;

    /// <summary>An address of one cell, or of several; where none says the prefecture, it is the one that the row has elsewhere.</summary>
    void Address(ParsedRow parsed, MemberAttribute attribute, Dictionary<string, int> columns)
    {
        var (first, row) = (columns.Values.Min(), parsed.Source);
        if (columns.Where(c => c.Key != AddressValues.CountryPart).All(c => ValueRules.IsBlank(row[c.Value].Text)))
        {
            parsed.Values.Add((attribute, first, null));
            return;
        }
        var (value, problem) = attribute.Read(p => [TextOf(p)], today);
        if (problem is null) parsed.Values.Add((attribute, first, value));
        else
            parsed.Unfit.Add((
                attribute,
                columns.GetValueOrDefault(problem.Part ?? "", columns.GetValueOrDefault("", first)),
                columns.Count == 1 && columns.TryGetValue("", out var whole) ? row[whole].Text
                    : string.Join('|', attribute.Rules.Parts.Select(p => TextOf(p).Replace('|', ' '))),
                problem
            ));

        string TextOf(string part) =>
            columns.TryGetValue(part, out var column) ? row[column].Text
            : part == AddressValues.RegionPart && prefecture >= 0 && !IsAbroad() ? row[prefecture].Text
            : "";

        bool IsAbroad() => TextOf(AddressValues.CountryPart) is { Length: > 0 } country && Country.Of(country)?.Code is not "JP";
    }

    /// <summary>Whether its values may be digits that are no number.</summary>
    static bool HasDigits(MemberAttribute attribute) =>
        attribute.Type is AttributeType.Text or AttributeType.MemberNumber or AttributeType.Telephone;

    /// <summary>Whether the value is a number that would fit with the zero that a spreadsheet takes from its beginning.</summary>
    internal bool IsWithoutZero(MemberAttribute attribute, string typed) =>
        HasDigits(attribute)
        && typed.Trim() is { Length: > 0 } text
        && text.All(char.IsAsciiDigit)
        && attribute.Parse("0" + text, today).Problem is null;

    // What a spreadsheet writes for a long number in a narrow column.
    [GeneratedRegex(@"^[0-9](\.[0-9]+)?E\+[0-9]+$")]
    private static partial Regex Rounded();

    static TypedValue? ValueOf(MemberAttribute attribute, string meaning) =>
        attribute.Type is AttributeType.YesNo ? meaning switch { "yes" => new() { Number = 1 }, "no" => new() { Number = 0 }, _ => null }
        : long.TryParse(meaning, out var id) && attribute.Options.Any(o => o.Id == id && o.RetiredAt is null) ? new() { Options = [id] }
        : null;

    /// <summary>
    /// What a text says of a consent by itself: true, false, null for nothing; <paramref name="known"/> is false for neither.
    /// </summary>
    internal static bool? YesOrNo(string text, out bool known)
    {
        known = true;
        if (ValueRules.IsBlank(text)) return null;
        var value = ValueRules.Of(AttributeType.YesNo).Parse(new() { Key = "a", Type = AttributeType.YesNo }, text, default).Value;
        known = value is not null;
        return value?.Number == 1;
    }

    void Consent(ParsedRow parsed, int column, MailKind kind, string text)
    {
        var meaning = mapping.Columns[column].Meanings.GetValueOrDefault(text.Trim());
        var granted = meaning switch
        {
            "yes" => true,
            "no" => false,
            "none" => (bool?)null,
            _ => YesOrNo(text, out var known) is var read && known ? read : Unknown(),
        };
        if (granted is { } yes)
            parsed.Consents.Add((kind, column, yes));

        bool? Unknown()
        {
            Bad(parsed, column, "import.bad.meaning");
            return null;
        }
    }

    void Proof(ParsedRow parsed)
    {
        if (!parsed.Consents.Any(c => c.Granted)) return;
        if (!mapping.Has(ImportTargets.ProofDate) && DateValues.Day(mapping.ProofDate) is { } day)
            parsed.ProofDate = db.Site.ToUtc(day.ToDateTime(TimeOnly.MinValue));
        if (parsed.ProofSource.Length == 0) parsed.ProofSource = mapping.ProofSource.Trim();
        if (parsed.ProofText.Length == 0) parsed.ProofText = mapping.ProofText.Trim();
        if (parsed.IsBad) return;
        var column = parsed.Consents.First(c => c.Granted).Column;
        if (parsed.ProofDate is null || parsed.ProofDate > db.Now) Bad(parsed, column, "import.bad.proof.date");
        else if (parsed.ProofSource.Length == 0) Bad(parsed, column, "import.bad.proof.source");
        else if (parsed.ProofText.Length == 0) Bad(parsed, column, "import.bad.proof.text");
    }

    public void Bad(ParsedRow parsed, int column, string reason, params object[] args) =>
        parsed.Problems.Add(Problem(parsed, column, reason, args, column < 0 ? null : parsed.Source[column].Text));

    public void Note(ParsedRow parsed, int column, string reason, params object[] args)
    {
        var note = Problem(parsed, column, reason, args, parsed.Source[column].Text);
        note.IsNote = true;
        parsed.Problems.Add(note);
    }

    ImportProblem Problem(ParsedRow parsed, int column, string reason, object[] args, string? value) =>
        new()
        {
            ImportId = import,
            Row = parsed.Row,
            Line = parsed.Line,
            Column = column,
            Target = column < 0 ? "" : mapping.Columns[column].Target,
            Value = string.IsNullOrEmpty(value) ? null : Truncate.To(ImportProblem.MaxValue, value),
            Reason = reason,
            Args = args.Length == 0 ? "[]" : JsonSerializer.Serialize(args.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture))),
        };
}
