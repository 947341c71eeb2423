using System.Text;
using System.Text.RegularExpressions;

namespace Community.Mail;

/// <summary>The expressions of words.txt, by section; the file says how it is written.</summary>
static class ReturnedWords
{
    /// <summary>
    /// Never reached by what a server writes, not even on a busy machine: it is measured by the clock. A text made to be slow matches
    /// nothing.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    static readonly IReadOnlyList<(string Section, Regex Words)> sections = Load();

    /// <summary>In the order in which they are asked.</summary>
    public static readonly IReadOnlyList<(Regex Words, BounceClass Meaning)> Replies =
    [
        .. sections.Where(s => s.Section.StartsWith("reply ", StringComparison.Ordinal))
            .Select(s => (s.Words, Enum.Parse<BounceClass>(s.Section["reply ".Length..]))),
    ];

    public static readonly Regex NoticeSubject = Of(nameof(NoticeSubject)), AutoReplySubject = Of(nameof(AutoReplySubject)),
        VacationSubject = Of(nameof(VacationSubject)),
        StillTrying = Of(nameof(StillTrying)), Boilerplate = Of(nameof(Boilerplate)), Challenge = Of(nameof(Challenge)),
        Undelivered = Of(nameof(Undelivered));

    /// <summary>
    /// The same without the marks of Latin, Greek and Cyrillic letters, which many servers leave out: "não", "nao". Other scripts stay.
    /// </summary>
    public static string Plain(string text)
    {
        if (Ascii.IsValid(text)) return text;
        // Normalizing throws at halves of characters, which are left where a text is cut, and at what is none.
        var apart = string.Concat(text.Where(c => !char.IsSurrogate(c) && c is not ('\uFFFE' or '\uFFFF')))
            .Normalize(NormalizationForm.FormD);
        var plain = new StringBuilder(apart.Length);
        foreach (var c in apart)
            if (c is < '\u0300' or > '\u036F')
                plain.Append(c switch
                {
                    'ł' => "l",
                    'Ł' => "L",
                    'ø' => "o",
                    'Ø' => "O",
                    'đ' => "d",
                    'ı' => "i",
                    'æ' => "ae",
                    'œ' => "oe",
                    'ß' => "ss",
                    '’' or '‘' => "'",
                    _ => null,
                } is { } other ? other : c.ToString());
        return plain.ToString().Normalize();
    }

    static Regex Of(string section) => sections.Single(s => s.Section == section).Words;

    static List<(string, Regex)> Load()
    {
        using var file = new StreamReader(typeof(ReturnedWords).Assembly.GetManifestResourceStream("Community.Mail.Returned.words.txt")!);
        var (found, section, lines, lets) = (new List<(string, Regex)>(), "", new List<string>(), new Dictionary<string, string>());
        while (file.ReadLine() is { } line)
            if (line.StartsWith('['))
            {
                End();
                section = line[1..line.IndexOf(']')];
            }
            else if (line.StartsWith("let ", StringComparison.Ordinal))
            {
                var name = "{" + line[4..line.IndexOf(" = ", StringComparison.Ordinal)] + "}";
                var words = line[(line.IndexOf(" = ", StringComparison.Ordinal) + 3)..];
                lets[name] = lets.TryGetValue(name, out var before) ? $"{before}|{words}" : words;
            }
            else if (line.Length > 0 && !line.StartsWith('#')) lines.Add(line);
        End();
        return found;

        void End()
        {
            const RegexOptions options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
            if (lines.Count == 0) return;
            var words = lets.Aggregate(string.Join('|', lines), (all, let) => all.Replace(let.Key, $"({let.Value})"));
            if (section.StartsWith("reply ", StringComparison.Ordinal))
                // Where the letters are missing, Germans write two.
                words = Plain(words.Replace("ä", "ae?").Replace("ö", "oe?").Replace("ü", "ue?"));
            // A reply is one line when it is asked; a notice still has its lines.
            else if (section == nameof(Boilerplate)) words = words.Replace(" ", @"\s+");
            found.Add((section, new Regex(words, options, Patience)));
            lines.Clear();
        }
    }
}
