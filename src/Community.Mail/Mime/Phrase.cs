namespace Community.Mail.Mime;

/// <summary>A display name on the wire (RFC 5322 §3.2.5, RFC 2047 §5 (3)).</summary>
internal static class Phrase
{
    private const int MaxQuotedLength = 60;

    public static void Write(HeaderFolder folder, string name)
    {
        if (name.Length == 0)
            return;
        if (
            name.Split(' ').All(w => w.Length is > 0 and <= MaxQuotedLength && w.All(IsAtom))
            && !name.Contains("=?", StringComparison.Ordinal)
        )
            foreach (var word in name.Split(' '))
                folder.Token(word);
        else if (
            name.Length <= MaxQuotedLength
            && System.Text.Ascii.IsValid(name)
            && name.Trim(' ') == name
            && !name.Contains("=?", StringComparison.Ordinal)
        )
            folder.Token(Quote(name));
        else
            folder.Encoded(name);
    }

    public static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    public static bool IsAtom(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c);
}
