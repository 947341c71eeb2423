using System.Text;

namespace Community.Mail.Mime;

/// <summary>Reads text in the character sets that mail holds; we write UTF-8 only.</summary>
internal static class Charsets
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["windows-31j"] = "shift_jis",
        ["cp932"] = "shift_jis",
        ["ms932"] = "shift_jis",
        ["ms_kanji"] = "shift_jis",
        ["x-sjis"] = "shift_jis",
        ["sjis"] = "shift_jis",
        ["shift-jis"] = "shift_jis",
        ["x-ms-cp932"] = "shift_jis",
        ["iso-2022-jp-1"] = "iso-2022-jp",
        ["iso-2022-jp-2"] = "iso-2022-jp",
        ["iso-2022-jp-3"] = "iso-2022-jp",
        ["iso-2022-jp-2004"] = "iso-2022-jp",
        ["iso-2022-jp-ms"] = "iso-2022-jp",
        ["cp50220"] = "iso-2022-jp",
        ["cp50221"] = "iso-2022-jp",
        ["jis"] = "iso-2022-jp",
        ["x-euc-jp"] = "euc-jp",
        ["eucjp"] = "euc-jp",
        ["cp51932"] = "euc-jp",
        ["eucjp-ms"] = "euc-jp",
        ["utf8"] = "utf-8",
        ["utf-8-mac"] = "utf-8",
        ["latin1"] = "windows-1252",
        ["latin-1"] = "windows-1252",
        ["iso-8859-1"] = "windows-1252",
        ["cp1252"] = "windows-1252",
        ["ks_c_5601-1987"] = "ks_c_5601-1987",
        ["euckr"] = "euc-kr",
        ["cp949"] = "ks_c_5601-1987",
        ["gb2312"] = "gb18030",
        ["gbk"] = "gb18030",
    };

    static Charsets() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Decodes by the label; without a useful one by looking: UTF-8 if it is valid, JIS escapes, else Windows-1252.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string? label) =>
        Find(label) is { } encoding ? Strip(encoding.GetString(bytes)) : Strip(Guess(bytes));

    private static Encoding? Find(string? label)
    {
        label = label?.Trim().Trim('"', '\'');
        if (string.IsNullOrEmpty(label) || label.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)) return null; // often a lie
        if (Aliases.TryGetValue(label, out var name)) label = name;
        if (label.Equals("utf-7", StringComparison.OrdinalIgnoreCase)) return null; // hides markup from filters
        try { return Encoding.GetEncoding(label); }
        catch (Exception e) when (e is ArgumentException or NotSupportedException) { return null; }
    }

    private static string Guess(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("\x1b$"u8) >= 0 || bytes.IndexOf("\x1b(J"u8) >= 0) return Encoding.GetEncoding("iso-2022-jp").GetString(bytes);
        try { return StrictUtf8.GetString(bytes); }
        catch (DecoderFallbackException) { return Encoding.GetEncoding("windows-1252").GetString(bytes); }
    }

    private static string Strip(string text) => text.Length > 0 && text[0] == '\uFEFF' ? text[1..] : text;
}
