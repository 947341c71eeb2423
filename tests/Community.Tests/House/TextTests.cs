using System.Reflection;
using System.Text.RegularExpressions;
using Community.Web;

namespace Community.Tests.House;

public sealed partial class TextTests
{
    static IEnumerable<Assembly> Assemblies => HostModules.All.Select(m => m.Assembly).Append(typeof(Texts).Assembly).Distinct();

    [Fact]
    public void Both_languages_have_the_same_keys()
    {
        foreach (var assembly in Assemblies)
        {
            var en = Texts.Read(assembly, "en");
            var ja = Texts.Read(assembly, "ja");
            Assert.True(
                en.Keys.ToHashSet().SetEquals(ja.Keys),
                $"{assembly.GetName().Name}: {string.Join(", ", en.Keys.Except(ja.Keys).Select(k => "only en: " + k).Concat(ja.Keys.Except(en.Keys).Select(k => "only ja: " + k)))}"
            );
        }
    }

    [Fact]
    public void Japanese_has_the_punctuation_of_Japanese() =>
        Assert.Equal([], Assemblies.SelectMany(a => Texts.Read(a, "ja")).Where(t => Narrow().IsMatch(t.Value)).Select(t => t.Key));

    /// <summary>Words that mean what docs/glossary.md calls otherwise, with its word.</summary>
    static readonly Dictionary<string, string> replaced = new()
    {
        ["トピック"] = "話題",
        ["配信対象"] = "宛先",
        ["不承認"] = "却下",
        ["回復コード"] = "リカバリーコード",
    };

    [Fact]
    public void Japanese_has_one_word_for_a_thing() =>
        Assert.Equal(
            [],
            from assembly in Assemblies
            from text in Texts.Read(assembly, "ja")
            from word in replaced
            where text.Value.Contains(word.Key)
            select $"{text.Key}: {word.Value}, not {word.Key}"
        );

    /// <summary>The audit log puts who acted before the text: "anna made a board", 「安奈 が掲示板を作成」.</summary>
    [Fact]
    public void Every_act_goes_on_behind_who_acted()
    {
        Assert.Equal([], Acts("en").Where(t => char.IsUpper(t.Value[0])).Select(t => t.Key));
        Assert.Equal([], Acts("ja").Where(t => !t.Value.StartsWith('が') || t.Value.EndsWith("ました")).Select(t => t.Key));
    }

    static IEnumerable<KeyValuePair<string, string>> Acts(string language) =>
        Assemblies.SelectMany(a => Texts.Read(a, language)).Where(t => t.Key.StartsWith("audit."));

    [Fact]
    public void Both_languages_take_the_same_arguments()
    {
        foreach (var assembly in Assemblies)
            foreach (var (key, en) in Texts.Read(assembly, "en"))
            {
                var ja = Texts.Read(assembly, "ja")[key];
                // "1 reply" may leave its number out, and Japanese needs no second form.
                if (key.EndsWith(".one") || key.EndsWith(".other")) continue;
                Assert.True(Arguments(en).SetEquals(Arguments(ja)), $"{key}: \"{en}\" and \"{ja}\"");
            }
    }

    [Fact]
    public void Every_text_that_the_source_names_is_there()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        var missing =
            from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            where file.EndsWith(".razor") || file.EndsWith(".cs")
            where !file.Contains("/obj/")
            from Match match in Key().Matches(File.ReadAllText(file))
            let key = match.Groups["key"].Value
            let counted = match.Groups["count"].Success
            where counted ? !known.Contains(key + ".one") || !known.Contains(key + ".other") : !known.Contains(key)
            select $"{Path.GetFileName(file)}: {key}";
        Assert.Empty(missing.Distinct());
    }

    /// <summary>A text is used where its key, or the beginning or end from which its key is put together, stands in the source.</summary>
    [Fact]
    public void Every_text_is_used()
    {
        var sources = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => (f.EndsWith(".razor") || f.EndsWith(".cs") || f.EndsWith(".js")) && !f.Contains("/obj/") && !f.Contains("/bin/"))
            .Select(File.ReadAllText)
            .ToList();
        var words = sources.SelectMany(s => QuotedKey().Matches(s).Select(m => m.Groups[1].Value)).ToHashSet();
        // "members." alone would cover a whole module.
        string[] modules = ["boards.", "groups.", "mailing.", "members.", "sites.", "staff.", "themes.", "ui.", "web."];
        var beginnings = sources
            .SelectMany(s => Beginning().Matches(s).Select(m => m.Groups[1].Value))
            .Except(modules)
            .Append("boards.reports.closed.")
            .ToList();
        var endings = sources.SelectMany(s => Ending().Matches(s).Select(m => m.Groups[1].Value)).Distinct().ToList();
        var unused =
            from key in Assemblies.SelectMany(a => Texts.Read(a, "en").Keys)
            let name = key.EndsWith(".one") ? key[..^4] : key.EndsWith(".other") ? key[..^6] : key
            where !words.Contains(name) && !words.Contains(key)
            where !beginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal))
            where !endings.Any(e => name.EndsWith(e, StringComparison.Ordinal) && words.Contains(name[..^e.Length]))
            select key;
        Assert.Equal([], unused.Order());
    }

    [Fact]
    public void Every_act_that_is_written_to_the_audit_log_has_a_text()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        var written = new HashSet<string>(Enum.GetNames<Community.Boards.ModerationAct>().Select(a => "boards." + a));
        foreach (
            var file in Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
                .Where(f => (f.EndsWith(".cs") || f.EndsWith(".razor")) && !f.Contains("/obj/"))
        )
        {
            var source = File.ReadAllText(file);
            var calls = AuditCall().Matches(source).Select(m => m.Groups["act"].Value).ToList();
            // Handed on by name: then it stands in the same file.
            var searched = calls.All(c => c.Contains('"')) ? string.Join('\n', calls) : source;
            if (calls.Count > 0)
                written.UnionWith(Act().Matches(searched).Select(m => m.Groups["act"].Value).Where(a => !known.Contains(a)));
        }
        Assert.True(written.Count > 40);
        Assert.Equal([], written.Where(a => !known.Contains("audit." + a)));
    }

    [Fact]
    public void Every_field_that_staff_are_on_record_to_have_seen_has_a_text()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        var fields = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => (f.EndsWith(".cs") || f.EndsWith(".razor")) && !f.Contains("/obj/"))
            .SelectMany(f => AuditedRead().Matches(File.ReadAllText(f)))
            // The first text is the act.
            .SelectMany(read => Words().Matches(read.Value).Skip(1).SelectMany(w => w.Groups[1].Value.Split(' ')))
            .ToHashSet();
        Assert.True(fields.Count > 15);
        Assert.Equal([], fields.Where(f => !known.Contains("field." + f)));
    }

    /// <summary>"import 12", "topic 12 post 3": the log shows them with texts of these nouns.</summary>
    [Fact]
    public void Every_noun_that_an_act_on_record_was_about_has_a_text()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        var abouts = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Modules"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/"))
            .SelectMany(f => AuditedAct().Matches(File.ReadAllText(f)))
            .SelectMany(act => About().Matches(act.Value))
            .Select(about => "about." + string.Join('.', Noun().Matches(about.Value).Select(n => n.Groups[1].Value)))
            .ToHashSet();
        Assert.True(abouts.Count > 3);
        Assert.Equal([], abouts.Except(known));
    }

    [Fact]
    public void Every_source_of_consent_has_a_text()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        Assert.Equal([], Community.Members.ConsentSource.All.Select(s => "staff.consent.by." + s).Except(known));
    }

    [Fact]
    public void Every_menu_entry_has_a_text()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        Assert.Equal([], HostModules.All.SelectMany(m => m.Menu).Select(i => i.Text).Except(known));
    }

    [Fact]
    public void Every_condition_on_members_has_a_label_and_a_heading()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        var keys = HostModules.All.SelectMany(m => m.MemberConditions).Cast<Community.Members.MemberCondition>()
            .Select(c => c.Key).ToList();
        Assert.True(keys.Count > 15);
        Assert.Equal([], keys.SelectMany(k => new[] { "condition." + k, "conditions.of." + k.Split('.')[0] }).Except(known));
    }

    [Fact]
    public void Every_merge_field_has_a_name_of_its_own_a_label_and_a_hint()
    {
        var known = Assemblies.SelectMany(a => Texts.Read(a, "en").Keys).ToHashSet();
        var names = HostModules.All.SelectMany(m => m.MergeFields).Select(f => f.Name).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.All(names, name => Assert.Matches("^[a-z0-9.-]+$", name));
        Assert.Equal([], names.SelectMany(n => new[] { $"merge-field.{n}", $"merge-field.{n}.hint" }).Except(known));
    }

    static HashSet<string> Arguments(string text) => [.. Argument().Matches(text).Select(m => m.Value)];

    // T["a.b"], T["a.b", …], T.Count("a.b", n), T.In(language, "a.b"): whole keys only, none that is put together.
    [GeneratedRegex(
        "\\bT(?:exts)?(?:\\[|\\.(?<count>Count)\\(|\\.In\\([^,()]+(?:\\([^()]*\\))?, )\"(?<key>[a-z0-9.-]+)\"\\s*[\\],)]",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Key();

    [GeneratedRegex("\"([a-z0-9-]+(?:\\.[A-Za-z0-9-]+)+)\"")]
    private static partial Regex QuotedKey();

    // "sites.state." + …, $"sites.state.{…}"
    [GeneratedRegex("\"([a-z0-9-]+\\.(?:[A-Za-z0-9-]+\\.)*)[\"{]")]
    private static partial Regex Beginning();

    // key + ".title", $"{key}.title"
    [GeneratedRegex("[\"}](\\.[a-z-]+(?:\\.[a-z-]+)*)\"")]
    private static partial Regex Ending();

    [GeneratedRegex("\\b[Aa]udit>?\\(?\\)?\\.(?:Did|Changed|Read)\\((?<act>[^,)]+)")]
    private static partial Regex AuditCall();

    // Parentheses around Japanese, but not those of a Markdown link, and a colon after it.
    [GeneratedRegex(@"(?<!\])\([^()\n]*[ぁ-んァ-ン一-龥][^()\n]*\)|[ぁ-んァ-ンー一-龥」）]: ")]
    private static partial Regex Narrow();

    [GeneratedRegex(@"[aA]udit\.Read\([^;]*;")]
    private static partial Regex AuditedRead();

    [GeneratedRegex(@"[aA]udit\.(?:Did|Changed)\([^;]*;")]
    private static partial Regex AuditedAct();

    // "import " + id, $"mailing {id} delivery {delivery}"
    [GeneratedRegex(@"""[a-z]+ "" \+|\$""[a-z]+ \{[^""]*""")]
    private static partial Regex About();

    [GeneratedRegex(@"([a-z]+) (?:""|\{)")]
    private static partial Regex Noun();

    // One that ends with a space is the beginning of a purpose.
    [GeneratedRegex(@"""([a-z][a-z0-9 .-]*[a-z0-9])""")]
    private static partial Regex Words();

    [GeneratedRegex("\"(?<act>(?:members|groups|audit|boards|mailing|themes|sites)\\.[A-Za-z-]+)\"")]
    private static partial Regex Act();

    [GeneratedRegex("\\{\\d")]
    private static partial Regex Argument();
}
