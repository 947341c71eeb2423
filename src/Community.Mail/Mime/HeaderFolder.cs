using System.Globalization;
using System.Text;

namespace Community.Mail.Mime;

/// <summary>Writes one header, folded at 76 columns (RFC 2047 §2 for lines with encoded-words, RFC 5322 §2.1.1 else).</summary>
internal sealed class HeaderFolder
{
    public const int Width = 76, HardLimit = 998;

    private readonly StringBuilder _out = new();
    private int _column;

    public HeaderFolder(string name)
    {
        HeaderRules.CheckName(name);
        _out.Append(name).Append(':');
        _column = name.Length + 1;
    }

    /// <summary>Adds text that must not be broken, after a space or a fold.</summary>
    public void Token(string token)
    {
        if (token.Length >= HardLimit) throw new FormatException("A header holds a word longer than a line may be (998, RFC 5322 §2.1.1).");
        if (token.AsSpan().ContainsAnyExceptInRange(' ', '~')) throw new FormatException("Only printable ASCII leaves in a header.");
        if (_column + 1 + token.Length > Width)
        {
            _out.Append("\r\n");
            _column = 0;
        }
        _out.Append(' ').Append(token);
        _column += 1 + token.Length;
    }

    /// <summary>Adds text as encoded-words, broken between text elements, and inside one only if it is longer than a word.</summary>
    public void Encoded(string text)
    {
        var q = EncodedWord.PrefersQ(text);
        var room = Math.Min(EncodedWord.MaxLength, Width - _column - 1);
        var pending = new StringBuilder();
        foreach (var piece in Pieces(text, q))
        {
            if (EncodedWord.Length(pending + piece, q) > room)
            {
                if (pending.Length > 0) Token(EncodedWord.Encode(pending.ToString(), q));
                pending.Clear();
                room = EncodedWord.MaxLength;
            }
            pending.Append(piece);
        }
        if (pending.Length > 0) Token(EncodedWord.Encode(pending.ToString(), q));
    }

    /// <summary>The header with its closing CRLF.</summary>
    public override string ToString() => _out + "\r\n";

    private static IEnumerable<string> Pieces(string text, bool q)
    {
        for (var i = 0; i < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, i);
            var element = text.Substring(i, length);
            if (EncodedWord.Length(element, q) <= EncodedWord.MaxLength) yield return element;
            else foreach (var rune in element.EnumerateRunes()) yield return rune.ToString();
            i += length;
        }
    }
}
