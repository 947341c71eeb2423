using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Members;

/// <summary>
/// How a name is read. Hiragana, katakana of either width and spaces are typed; full-width katakana with single spaces is kept. Sorted as
/// dictionaries do: first by the plain kana (か and が, つ and っ, ー and its vowel are equal), then by the kana themselves.
/// </summary>
sealed partial class FuriganaValues : ValueRules
{
    static readonly Dictionary<char, char> vowels = new[]
    {
        "ああかさたなはまやらわ", "いいきしちにひみりゐ", "ううくすつぬふむゆる", "ええけせてねへめれゑ", "おおこそとのほもよろを",
    }.SelectMany(row => row[1..].Select(kana => (kana, row[0]))).ToDictionary();

    const string Small = "ぁぃぅぇぉっゃゅょゎゕゖ", Large = "あいうえおつやゆよわかけ";

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var text = Spaces().Replace(Narrow(typed), " ").Replace('-', 'ー').Replace('‐', 'ー');
        text = Katakana(text);
        return !Kana().IsMatch(text) ? ValueRead.Wrong("furigana", typed.Trim())
            : text.Length > MemberAttribute.MaxText ? ValueRead.Wrong("long", MemberAttribute.MaxText, text.Length)
            : ValueRead.Of(new() { Text = text });
    }

    public override string Format(MemberAttribute attribute, TypedValue value, string language) => value.Text!;

    /// <summary>The text in hiragana, without spaces: parts of it are found in it.</summary>
    public static string Hiragana(string text) =>
        string.Concat(
            Narrow(text).Where(c => c is not (' ' or '・')).Select(c => c is >= 'ァ' and <= 'ヶ' or 'ヽ' or 'ヾ' ? (char)(c - 0x60) : c)
        );

    /// <summary>The text with katakana in place of hiragana.</summary>
    internal static string Katakana(string text) =>
        string.Concat(text.Select(c => c is >= 'ぁ' and <= 'ゖ' or 'ゝ' or 'ゞ' ? (char)(c + 0x60) : c));

    /// <summary>The key by which dictionaries sort.</summary>
    public static string SortKey(string text)
    {
        var hiragana = Hiragana(text);
        var plain = new StringBuilder(hiragana.Length);
        foreach (var c in Characters.Normal(hiragana, NormalizationForm.FormD))
        {
            if (c is '\u3099' or '\u309A') continue;
            var kana = Small.IndexOf(c) is >= 0 and var at ? Large[at] : c;
            if (kana is 'ー') kana = plain.Length > 0 ? vowels.GetValueOrDefault(plain[^1], kana) : kana;
            plain.Append(kana);
        }
        // "!" is before all kana: a name comes before those that begin with it.
        return plain + "!" + hiragana;
    }

    internal override IEnumerable<AttributeValue> Rows(TypedValue value)
    {
        var key = SortKey(value.Text!);
        return [new() { Text = value.Text, Key = key.Length > MaxKey ? key[..MaxKey] : key, Words = Hiragana(value.Text!) }];
    }

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Text = rows[0].Text };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("^[ァ-ヺーヽヾ・ ]*[ァ-ヺ][ァ-ヺーヽヾ・ ]*$")]
    private static partial Regex Kana();
}
