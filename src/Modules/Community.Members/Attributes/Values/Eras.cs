using System.Text;

namespace Community.Members;

/// <summary>
/// The eras by which years are counted in Japan, from the month in which the calendar became the Gregorian one (1 January of 明治6年, 1873).
/// A day of change belongs to both: 明治45年7月30日 is 大正元年7月30日.
/// </summary>
/// <param name="Name">明治, 大正, 昭和, 平成, 令和.</param>
/// <param name="Letter">As in S50.4.1.</param>
/// <param name="First">Its first day.</param>
/// <param name="Last">Its last day; null for the present one.</param>
sealed record Era(string Name, char Letter, DateOnly First, DateOnly? Last)
{
    static readonly Era[] all =
    [
        new("明治", 'M', new(1868, 1, 25), new(1912, 7, 30)),
        new("大正", 'T', new(1912, 7, 30), new(1926, 12, 25)),
        new("昭和", 'S', new(1926, 12, 25), new(1989, 1, 7)),
        new("平成", 'H', new(1989, 1, 8), new(2019, 4, 30)),
        new("令和", 'R', new(2019, 5, 1), null),
    ];

    /// <summary>Before it, days were counted by the moon: the 明治5年 of old papers is not 1872 day by day.</summary>
    static readonly DateOnly gregorian = new(1873, 1, 1);

    /// <summary>By its name, the name's first character, or its letter in either case; null for none.</summary>
    public static Era? Of(string written) =>
        all.FirstOrDefault(e =>
            e.Name == written || e.Name[..1] == written || written is [var letter] && char.ToUpperInvariant(letter) == e.Letter
        );

    public int YearOf(int year) => First.Year + year - 1;

    /// <summary>
    /// What is wrong with a day that is said to be of this era; null for nothing. 平成32年 is nowhere corrected to 2020: whoever wrote it may
    /// have meant 23.
    /// </summary>
    public ValueProblem? Refuses(DateOnly day, string typed) =>
        day < First ? new("date.era.before", typed, Name, DateValues.Iso(First))
        : day > Last ? new("date.era.after", typed, Name, DateValues.Iso(Last.Value))
        : day < gregorian ? new("date.moon", typed)
        : null;

    const string Digits = "〇一二三四五六七八九";

    /// <summary>Numbers in kanji as digits: 三十一 and 三一 are 31, 二〇二六 is 2026.</summary>
    public static string WithDigits(string text)
    {
        if (!text.AsSpan().ContainsAny(kanji)) return text;
        var written = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var end = at;
            while (end < text.Length && kanji.Contains(text[end])) end++;
            if (end == at) written.Append(text[at++]);
            else
            {
                written.Append(Number(text[at..end]));
                at = end;
            }
        }
        return written.ToString();
    }

    static readonly System.Buffers.SearchValues<char> kanji = System.Buffers.SearchValues.Create(Digits + "零十百千");

    static string Number(string text)
    {
        text = text.Replace('零', '〇');
        if (!text.AsSpan().ContainsAny("十百千")) return string.Concat(text.Select(c => (char)('0' + Digits.IndexOf(c))));
        var (sum, digit) = (0, -1);
        foreach (var c in text)
            if (Digits.IndexOf(c) is >= 0 and var value)
            {
                // 二三十 is no number: left as it is, it is refused.
                if (digit >= 0) return text;
                digit = value;
            }
            else
            {
                sum += (digit < 0 ? 1 : digit) * (c switch { '十' => 10, '百' => 100, _ => 1000 });
                digit = -1;
            }
        return (sum + Math.Max(digit, 0)).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
