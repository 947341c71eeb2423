using System.Text;

namespace Community.Mail.Mime;

/// <summary>Chooses how a header is put on the wire: text, structured words, or addresses.</summary>
internal static class HeaderWriter
{
    public static string Write(Header header)
    {
        var folder = new HeaderFolder(header.Field);
        if (HeaderRules.IsNeverEncoded(header.Field) && Ascii.IsValid(header.Value)) Structured(folder, header.Value);
        else Unstructured(folder, header.Value);
        return folder.ToString();
    }

    public static string Write(string name, IEnumerable<MailboxAddress> mailboxes)
    {
        var folder = new HeaderFolder(name);
        var all = mailboxes.ToList();
        for (var i = 0; i < all.Count; i++)
        {
            Phrase.Write(folder, all[i].Name);
            var address = all[i].AddressForHeader();
            folder.Token((all[i].Name.Length > 0 ? $"<{address}>" : address) + (i + 1 < all.Count ? "," : ""));
        }
        return folder.ToString();
    }

    /// <summary>Folds at blanks, but never inside angle brackets: a URL in List-Unsubscribe stays whole.</summary>
    private static void Structured(HeaderFolder folder, string value)
    {
        int start = 0, depth = 0;
        for (var i = 0; i <= value.Length; i++)
        {
            if (i < value.Length)
            {
                if (value[i] == '<') depth++;
                else if (value[i] == '>') depth = Math.Max(0, depth - 1);
                if (value[i] != ' ' || (depth > 0 && value.IndexOf('>', i) > 0)) continue;
            }
            if (i > start) folder.Token(value[start..i]);
            start = i + 1;
        }
    }

    private static void Unstructured(HeaderFolder folder, string value)
    {
        if (value.Length == 0) return;
        var words = value.Split(' ');
        for (var i = 0; i < words.Length;)
        {
            if (!NeedsEncoding(words, i))
            {
                folder.Token(words[i++]);
                continue;
            }
            // The blank between two encoded-words is lost on reading, so it goes inside one.
            var run = new StringBuilder(words[i++]);
            while (i < words.Length && NeedsEncoding(words, i)) run.Append(' ').Append(words[i++]);
            folder.Encoded(run.ToString());
        }
    }

    private static bool NeedsEncoding(string[] words, int i) =>
        words[i].Length is 0 or > EncodedWord.MaxLength
        || (i > 0 && words[i - 1].Length == 0) || (i + 1 < words.Length && words[i + 1].Length == 0)
        || !Ascii.IsValid(words[i]) || words[i].Contains("=?", StringComparison.Ordinal);
}
