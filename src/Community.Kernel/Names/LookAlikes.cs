using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>
/// The skeleton of a name (UTS 39 §4): two names with the same one look alike, whatever letters they are made of.
/// Coarser than the standard, since it only keeps names free for staff: capital and small letters, accents, and signs between letters make
/// no difference.
/// </summary>
public static class LookAlikes
{
    static readonly Dictionary<int, string> table = Read();

    /// <summary>Empty if nothing of the name is a letter or a digit.</summary>
    public static string Of(string name)
    {
        var mapped = new StringBuilder(name.Length);
        foreach (var rune in Bare(name).EnumerateRunes()) mapped.Append(table.GetValueOrDefault(rune.Value) ?? rune.ToString());
        var skeleton = new StringBuilder(mapped.Length);
        foreach (var rune in Bare(mapped.ToString().ToLowerInvariant()).EnumerateRunes())
            skeleton.Append(table.GetValueOrDefault(rune.Value) ?? rune.ToString());
        // The standard has I, l, 1 and | for one letter; in small letters i is I.
        return skeleton.Replace('i', 'l').Replace("vv", "w").ToString();
    }

    // Without what is not seen, without marks (but the voicing of kana, which makes another letter), without signs; a dash among Japanese
    // letters is ー.
    static string Bare(string text)
    {
        var bare = new StringBuilder(text.Length);
        Rune before = default;
        foreach (var sign in Characters.Normal(text, NormalizationForm.FormKD).EnumerateRunes())
        {
            var rune = Letter(sign);
            if (Naming.IsIgnorable(rune.Value)) continue;
            var category = Rune.GetUnicodeCategory(rune);
            if (
                Rune.IsLetterOrDigit(rune)
                || category is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
                || rune.Value is '|' or 0x3099 or 0x309A
            )
                bare.Append(rune);
            else if (
                (category is UnicodeCategory.DashPunctuation || rune.Value is 0x2212 or (>= 0x2500 and <= 0x2501))
                && IsJapanese(before.Value)
            )
                bare.Append('ー');
            else
                continue;
            before = rune;
        }
        return bare.ToString();
    }

    // White letters on black circles and squares, and those that make flags: Unicode has them for signs, readers for letters.
    static Rune Letter(Rune sign) => sign.Value switch
    {
        >= 0x1F150 and <= 0x1F169 => new('A' + (sign.Value - 0x1F150)),
        >= 0x1F170 and <= 0x1F189 => new('A' + (sign.Value - 0x1F170)),
        >= 0x1F1E6 and <= 0x1F1FF => new('A' + (sign.Value - 0x1F1E6)),
        _ => sign.IsBmp && looks.IndexOf((char)sign.Value) is >= 0 and var at ? new(letters[at]) : sign,
    };

    // Small capitals, and what is written for A: the standard's table leaves them out.
    const string looks = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ\u2206\u2227Ʌʌ₳", letters = "ABCDEFGHIJKLMNOPRSTUVWYZAAAAA";

    static bool IsJapanese(int c) => c is (>= 0x3041 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF);

    // A line a look: what it stands for, a tab, what looks like it. tools/lookalikes makes the file.
    static Dictionary<int, string> Read()
    {
        using var stream = typeof(LookAlikes).Assembly.GetManifestResourceStream("Community.Kernel.Names.lookalikes.txt")!;
        using var reader = new StreamReader(stream);
        var read = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
            if (line.Split('\t') is [var look, var like] && !line.StartsWith('#'))
                foreach (var rune in like.EnumerateRunes()) read[rune.Value] = look;
        return read;
    }
}
