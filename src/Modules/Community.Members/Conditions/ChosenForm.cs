using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Ui;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Primitives;

namespace Community.Members;

/// <summary>
/// A selection while it is edited in a form that works without script: it holds what was typed, right or wrong, and changes its shape by
/// buttons that submit (<see cref="Do"/>). A line's fields begin with its place: <c>c-</c> for the outermost group, <c>c0-</c> for its
/// first line, <c>c0-1-</c> for the second line of that.
/// </summary>
public sealed partial class ChosenForm
{
    /// <summary>Lines that are read of a form; a form has fewer, unless it was not sent by ours.</summary>
    const int MaxLines = 200;

    /// <summary>One condition or group of the form.</summary>
    public sealed class Line
    {
        internal Line(Combine? match) => Match = match;

        /// <summary>Null for a condition.</summary>
        public Combine? Match { get; internal set; }
        public bool IsGroup => Match is not null;
        public Line? Parent { get; internal set; }
        public List<Line> Lines { get; } = [];
        /// <summary>The condition's key.</summary>
        public string Key { get; internal init; } = "";
        /// <summary>Null for one that the form does not offer: its feature is off, or it is for other staff.</summary>
        public MemberCondition? Condition { get; internal init; }
        /// <summary>The number of the saved condition that the line keeps, since its fields cannot be shown.</summary>
        public int? Kept { get; internal init; }
        public bool Not { get; internal init; }
        /// <summary>The fields as typed, without the line's prefix.</summary>
        internal ILookup<string, string> Typed { get; init; } = none;

        /// <summary>Its place: <c>0-1</c>; empty for the outermost group.</summary>
        public string Place => Parent is null ? ""
            : Parent.Place.Length == 0 ? Index.ToString(CultureInfo.InvariantCulture)
            : $"{Parent.Place}-{Index}";
        public int Index => Parent?.Lines.IndexOf(this) ?? 0;
        /// <summary>1 for the outermost group.</summary>
        public int Level => Parent is null ? 1 : Parent.Level + 1;

        internal IEnumerable<Line> Below => Lines.SelectMany(l => l.Below).Prepend(this);
        internal int Height => IsGroup ? 1 + Lines.Select(l => l.Height).DefaultIfEmpty().Max() : 0;

        internal Line With(params IEnumerable<Line> lines)
        {
            foreach (var line in lines) Add(Lines.Count, line);
            return this;
        }

        internal void Add(int at, Line line)
        {
            Lines.Insert(at, line);
            line.Parent = this;
        }
    }

    static readonly ILookup<string, string> none = Enumerable.Empty<string>().ToLookup(s => s, StringComparer.OrdinalIgnoreCase);

    readonly IReadOnlyList<ConditionClause> before;
    readonly Dictionary<Clause, Line> lines = new(ReferenceEqualityComparer.Instance);

    ChosenForm(string prefix, IReadOnlyList<MemberCondition> offered, Chosen? saved)
    {
        (Prefix, Offered) = (prefix, offered);
        before = [.. (saved ?? Chosen.Everybody).Conditions];
    }

    /// <summary>Before the names of all fields, such as <c>Form.</c></summary>
    public string Prefix { get; }
    public IReadOnlyList<MemberCondition> Offered { get; }
    public Line Root { get; private set; } = new(Combine.All);
    /// <summary>Where the last button was pressed, for the page to begin there; null for nowhere.</summary>
    public string? Changed { get; internal set; }
    /// <summary>The key of what could not be done, as the selection is as large as it may be; null for nothing.</summary>
    public string? Refused { get; private set; }

    /// <summary>The name of the button that changes the shape.</summary>
    public string Button => Prefix + "c-do";
    public string PrefixOf(Line line) => $"{Prefix}c{line.Place}-";
    public ConditionFields Fields(Line line) => new(PrefixOf(line), line.Typed);
    public bool IsEmpty => Root.Lines.Count == 0;

    /// <summary>The form that shows a selection.</summary>
    /// <param name="chosen">The selection.</param>
    /// <param name="offered">The conditions that the form offers.</param>
    /// <param name="prefix">See <see cref="Prefix"/>.</param>
    public static ChosenForm Of(Chosen chosen, IReadOnlyList<MemberCondition> offered, string prefix = "")
    {
        var form = new ChosenForm(prefix, offered, chosen);
        var number = 0;
        form.Root = Show(chosen.Root);
        return form;

        Line Show(Clause clause)
        {
            if (clause is ClauseGroup group) return new Line(group.Match).With(group.Clauses.Select(Show));
            var (one, kept) = ((ConditionClause)clause, number++);
            var condition = offered.FirstOrDefault(c => c.Key == one.Key);
            return new(null)
            {
                Key = one.Key,
                Condition = condition,
                Not = one.Not,
                Kept = condition is null ? kept : null,
                Typed = condition?.Write(one.Values).ToLookup(f => f.Field, f => f.Value, StringComparer.OrdinalIgnoreCase) ?? none,
            };
        }
    }

    /// <summary>The form as it was sent.</summary>
    /// <param name="sent">Its fields.</param>
    /// <param name="offered">The conditions that the form offers.</param>
    /// <param name="prefix">See <see cref="Prefix"/>.</param>
    /// <param name="saved">The selection as saved: its conditions that the form does not offer are kept.</param>
    public static ChosenForm Sent(
        IEnumerable<KeyValuePair<string, StringValues>> sent,
        IReadOnlyList<MemberCondition> offered,
        string prefix = "",
        Chosen? saved = null
    )
    {
        var fields = sent.Where(f => f.Key.StartsWith(prefix + "c", StringComparison.Ordinal))
            .Select(f => (Match: FieldName().Match(f.Key[prefix.Length..]), f.Value))
            .Where(f => f.Match.Success)
            .SelectMany(f => f.Value.OfType<string>(), (f, v) => (Place: f.Match.Groups[1].Value, Name: f.Match.Groups[2].Value, Value: v))
            .ToLookup(f => f.Place, f => (f.Name, f.Value));
        var form = new ChosenForm(prefix, offered, saved);
        var places = fields.Select(f => f.Key).Where(p => p.Length > 0)
            .Select(p => (Place: p, Path: p.Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray()))
            .Where(p => p.Path.Length <= ClauseGroup.MaxDepth + 1)
            .OrderBy(p => p.Path.Length)
            .ThenBy(p => p.Path[^1])
            .Take(MaxLines);
        var lines = new Dictionary<string, Line> { [""] = form.Root = form.LineOf(fields[""]) ?? new(Combine.All) };
        if (!form.Root.IsGroup) lines[""] = form.Root = new(Combine.All);
        foreach (var (place, path) in places)
        {
            var parent = string.Join('-', path[..^1]);
            if (form.LineOf(fields[place]) is not { } line || !lines.TryGetValue(parent, out var group) || !group.IsGroup) continue;
            group.Add(group.Lines.Count, line);
            lines[place] = line;
        }
        return form;
    }

    Line? LineOf(IEnumerable<(string Name, string Value)> fields)
    {
        var typed = fields.ToLookup(f => f.Name, f => f.Value, StringComparer.OrdinalIgnoreCase);
        if (typed["match"].FirstOrDefault() is { } match)
            return new(Enum.TryParse<Combine>(match, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : Combine.All);
        if (typed["key"].FirstOrDefault() is not { } key) return null;
        var condition = Offered.FirstOrDefault(c => c.Key == key);
        var kept = int.TryParse(typed["kept"].FirstOrDefault(), out var number) && number < before.Count && before[number].Key == key;
        // A line that is neither offered nor kept stands for nothing.
        if (condition is null && !kept) return null;
        return new(null)
        {
            Key = key,
            Condition = condition,
            Kept = condition is null ? number : null,
            Not = typed["not"].FirstOrDefault() is { Length: > 0 },
            Typed = typed,
        };
    }

    /// <summary>The fields in the form in which <see cref="Sent"/> reads them, without empty ones.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToFields()
    {
        foreach (var line in Root.Below)
        {
            var prefix = PrefixOf(line);
            if (line.IsGroup) yield return new(prefix + "match", line.Match.ToString()!.ToLowerInvariant());
            else
            {
                yield return new(prefix + "key", line.Key);
                if (line.Not) yield return new(prefix + "not", "1");
                if (line.Kept is { } kept) yield return new(prefix + "kept", kept.ToString(CultureInfo.InvariantCulture));
                foreach (var field in line.Condition?.Fields ?? [])
                    foreach (var value in line.Typed[field].Where(v => v.Length > 0)) yield return new(prefix + field, value);
            }
        }
    }

    /// <summary>A condition of the outermost group, with these fields, as an address of a page has them.</summary>
    internal void Begin(MemberCondition condition, ILookup<string, string> typed) =>
        Root.With(new Line(null) { Key = condition.Key, Condition = condition, Typed = typed });

    /// <summary>Carries out a button's act: adds, removes, wraps or moves a line. Anything else does nothing.</summary>
    /// <param name="button">The value of <see cref="Button"/>: act and place, such as <c>up:0-1</c>.</param>
    /// <param name="sent">The form's fields: <c>add</c> of a group says which condition to add.</param>
    public void Do(string? button, IEnumerable<KeyValuePair<string, StringValues>> sent)
    {
        if (button?.Split(':') is not [var act, var place]) return;
        if (Root.Below.FirstOrDefault(l => l.Place == place) is not { } line) return;
        var changed = act switch
        {
            "add" => Add(line, sent.FirstOrDefault(f => f.Key == PrefixOf(line) + "add").Value.ToString()),
            "group" => AddGroup(line),
            "remove" => Remove(line),
            "wrap" => Wrap(line),
            "unwrap" => Unwrap(line),
            "up" => Move(line, -1),
            "down" => Move(line, +1),
            _ => null,
        };
        if (changed is not null) Changed = changed.IsGroup ? PrefixOf(changed) : PrefixOf(changed) + "line";
    }

    Line? Add(Line group, string key)
    {
        if (!group.IsGroup || Offered.FirstOrDefault(c => c.Key == key) is not { } condition) return null;
        if (Root.Below.Count(l => !l.IsGroup) >= ClauseGroup.MaxConditions) return Full("conditions.full");
        var line = new Line(null) { Key = key, Condition = condition };
        group.With(line);
        return line;
    }

    Line? AddGroup(Line group)
    {
        if (!group.IsGroup) return null;
        if (group.Level >= ClauseGroup.MaxDepth) return Full("conditions.deep");
        var inner = new Line(group.Match is Combine.Any ? Combine.All : Combine.Any);
        group.With(inner);
        return inner;
    }

    Line? Full(string why)
    {
        Refused = why;
        return null;
    }

    static Line? Remove(Line line)
    {
        line.Parent?.Lines.Remove(line);
        return line.Parent;
    }

    Line? Wrap(Line line)
    {
        if (line.Parent is not { } parent) return null;
        if (parent.Level + 1 + line.Height > ClauseGroup.MaxDepth) return Full("conditions.deep");
        var (at, group) = (line.Index, new Line(parent.Match is Combine.Any ? Combine.All : Combine.Any));
        parent.Lines.Remove(line);
        parent.Add(at, group.With(line));
        return group;
    }

    static Line? Unwrap(Line group)
    {
        if (!group.IsGroup || group.Parent is not { } parent) return null;
        var at = group.Index;
        parent.Lines.Remove(group);
        foreach (var line in group.Lines) parent.Add(at++, line);
        return parent;
    }

    /// <summary>As in an outline: past a line, into a group that stands there, and at its end out of the group.</summary>
    Line? Move(Line line, int by)
    {
        if (line.Parent is not { } parent) return null;
        var at = line.Index;
        if (at + by >= 0 && at + by < parent.Lines.Count)
        {
            var next = parent.Lines[at + by];
            if (next.IsGroup && next.Level + line.Height > ClauseGroup.MaxDepth) return Full("conditions.deep");
            parent.Lines.Remove(line);
            if (next.IsGroup) next.Add(by < 0 ? next.Lines.Count : 0, line);
            else parent.Add(at + by, line);
        }
        else if (parent.Parent is { } outer)
        {
            parent.Lines.Remove(line);
            outer.Add(parent.Index + (by < 0 ? 0 : 1), line);
        }
        return line;
    }

    /// <summary>The selection, as far as it is right; what is wrong is told beside its field, naming the line.</summary>
    public Chosen Read(Problems problems, IStringLocalizer texts)
    {
        if (Refused is { } why) problems.Add(PrefixOf(Root), texts[why, ClauseGroup.MaxConditions, ClauseGroup.MaxDepth]);
        else if (Root.Below.Count(l => !l.IsGroup) > ClauseGroup.MaxConditions)
            problems.Add(PrefixOf(Root), texts["conditions.full", ClauseGroup.MaxConditions]);
        else if (Root.Height > ClauseGroup.MaxDepth)
            problems.Add(PrefixOf(Root), texts["conditions.deep", ClauseGroup.MaxConditions, ClauseGroup.MaxDepth]);
        return new((ClauseGroup)Read(Root, problems, texts)!);
    }

    Clause? Read(Line line, Problems problems, IStringLocalizer texts)
    {
        if (line.Match is { } match)
        {
            if (line.Parent is not null && line.Lines.Count == 0)
                problems.Add(PrefixOf(line), texts["conditions.empty-group", NumberOf(line)]);
            return new ClauseGroup(match, [.. line.Lines.Select(l => Read(l, problems, texts)).OfType<Clause>()]);
        }
        if (line.Condition is null) return Of(line, before[line.Kept!.Value] with { Not = line.Not });
        var (fields, found) = (Fields(line), problems.All.Count);
        if (line.Condition.Read(fields, problems, texts) is { } values)
            return Of(line, new ConditionClause(line.Key, values, line.Not));
        if (problems.All.Count == found)
            problems.Add(
                fields.Name(line.Condition.Fields[0]),
                texts["conditions.empty", NumberOf(line), line.Condition.Label(texts)]
            );
        return null;
    }

    ConditionClause Of(Line line, ConditionClause clause)
    {
        lines[clause] = line;
        return clause;
    }

    /// <summary>Tells beside its line what is broken in the selection that <see cref="Read(Problems, IStringLocalizer)"/> gave.</summary>
    public void Tell(IEnumerable<BrokenClause> broken, Problems problems, IStringLocalizer texts)
    {
        foreach (var (clause, text) in broken)
            if (lines.TryGetValue(clause, out var line) && line.Condition is { } condition)
                problems.Add(Fields(line).Name(condition.Fields[0]), texts[text, $"{NumberOf(line)} {condition.Label(texts)}"]);
            else problems.Add(PrefixOf(Root), texts[text, texts["conditions.of-off"]]);
    }

    /// <summary>What the page calls a line: 2, or 3.1 for the first in a group.</summary>
    public static string NumberOf(Line line) =>
        line.Parent is null ? "" : line.Parent.Parent is null ? $"{line.Index + 1}" : $"{NumberOf(line.Parent)}.{line.Index + 1}";

    [GeneratedRegex(@"^c((?:[0-9]{1,4}(?:-[0-9]{1,4}){0,9})?)-([a-z].*)$")]
    private static partial Regex FieldName();
}
