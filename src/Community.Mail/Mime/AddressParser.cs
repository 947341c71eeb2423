using System.Text;

namespace Community.Mail.Mime;

/// <summary>
/// Reads address lists as they come: quoted strings, comments, groups, encoded-words, stray commas (RFC 5322 §3.4, §4.4).
/// </summary>
internal static class AddressParser
{
    private const int MaxMailboxes = 2000;

    public static List<MailboxAddress> Parse(string text)
    {
        var found = new List<MailboxAddress>();
        var phrase = new StringBuilder();
        string? comment = null, angle = null;
        var hasAt = false;
        for (var i = 0; i < text.Length && found.Count < MaxMailboxes;)
        {
            switch (text[i])
            {
                case '"': phrase.Append(Quoted(text, ref i)); break;
                case '(': comment = Comment(text, ref i); break;
                case '<':
                    var close = text.IndexOf('>', i);
                    if (close < 0) close = text.Length;
                    angle = text[(i + 1)..close];
                    i = close + 1;
                    break;
                case ':' when angle is null && !hasAt: phrase.Clear(); i++; break; // the name of a group
                case ',' or ';': Take(); i++; break;
                case '=' when EncodedWordReader.LengthAt(text, i) is var length and > 0: // may hold commas, though it should not
                    phrase.Append(text, i, length);
                    i += length;
                    break;
                default:
                    hasAt |= text[i] == '@';
                    phrase.Append(text[i++]);
                    break;
            }
        }
        Take();
        return found;

        void Take()
        {
            var words = phrase.ToString().Trim();
            if (angle is not null) // an old source route, "@a,@b:name@domain", is dropped
                found.Add(MailboxAddress.FromWire(Name(words, comment), angle[(angle.StartsWith('@') ? angle.IndexOf(':') + 1 : 0)..].Trim()));
            else if (words.Contains('@'))
                found.Add(MailboxAddress.FromWire(comment is null ? "" : EncodedWordReader.Decode(comment), words));
            phrase.Clear();
            comment = angle = null;
            hasAt = false;
        }
    }

    private static string Name(string phrase, string? comment)
    {
        var name = EncodedWordReader.Decode(phrase.Length > 0 ? phrase : comment ?? "").Trim();
        return name.Length > 1 && name[0] == '\'' && name[^1] == '\'' ? name[1..^1] : name;
    }

    // A quoted local part keeps its quotes, a quoted display name loses them.
    private static string Quoted(string text, ref int i)
    {
        var start = i++;
        var content = new StringBuilder();
        for (; i < text.Length && text[i] != '"'; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) i++;
            content.Append(text[i]);
        }
        i = Math.Min(i + 1, text.Length);
        return i < text.Length && text[i] == '@' ? text[start..i] : content.ToString();
    }

    private static string Comment(string text, ref int i)
    {
        var content = new StringBuilder();
        for (var depth = 0; i < text.Length; i++)
        {
            if (text[i] == '(' && depth++ == 0) continue;
            if (text[i] == ')' && --depth == 0) { i++; break; }
            if (text[i] == '\\' && i + 1 < text.Length) i++;
            content.Append(text[i]);
        }
        return content.ToString();
    }
}
