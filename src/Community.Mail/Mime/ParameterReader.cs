using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Community.Mail.Mime;

/// <summary>
/// Reads parameters tolerantly: RFC 2231 with and without charset and continuations, and RFC 2047 where it should not be.
/// </summary>
internal static partial class ParameterReader
{
    private const int MaxParameters = 100;

    private sealed record Piece(string Name, int Number, bool Encoded, string Value);

    [GeneratedRegex(@"^(?<name>[^*]+)(?:\*(?<number>\d{1,3}))?(?<encoded>\*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    /// <returns>The part before the first semicolon.</returns>
    public static string Read(string raw, ParameterList into)
    {
        var parts = Split(raw);
        var pieces = parts.Skip(1).Select(ReadPiece).OfType<Piece>();
        foreach (var group in pieces.GroupBy(p => p.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (group.Key.Length > 40 || !group.Key.All(ContentType.IsToken)) continue;
            var extended = group.Where(p => p.Encoded || p.Number >= 0).OrderBy(p => p.Number).ToList();
            var value = extended.Count > 0 ? Join(extended) : EncodedWordReader.Decode(group.First().Value);
            into[group.Key] = HeaderRules.Clean(value);
        }
        return parts.Count > 0 ? parts[0].Trim() : "";
    }

    private static Piece? ReadPiece(string part)
    {
        var equals = part.IndexOf('=');
        if (equals < 0) return null;
        var name = Name().Match(part[..equals].Trim());
        if (!name.Success) return null;
        var number = name.Groups["number"].Success ? int.Parse(name.Groups["number"].Value, CultureInfo.InvariantCulture) : -1;
        return new Piece(name.Groups["name"].Value, number, name.Groups["encoded"].Success, Unquote(part[(equals + 1)..].Trim()));
    }

    private static string Join(List<Piece> pieces)
    {
        var bytes = new MemoryStream();
        string? charset = null;
        foreach (var piece in pieces)
        {
            var value = piece.Value;
            if (piece.Encoded && piece.Number <= 0 && value.Split('\'', 3) is [var label, _, var rest]) (charset, value) = (label, rest);
            bytes.Write(piece.Encoded ? Percent(value) : Encoding.UTF8.GetBytes(value));
        }
        return Charsets.Decode(bytes.ToArray(), charset);
    }

    private static byte[] Percent(string value)
    {
        var bytes = new MemoryStream();
        for (var i = 0; i < value.Length; i++)
        {
            if (
                value[i] == '%'
                && i + 2 < value.Length
                && byte.TryParse(value.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b)
            )
            {
                bytes.WriteByte(b);
                i += 2;
            }
            else bytes.Write(Encoding.UTF8.GetBytes(value[i].ToString()));
        }
        return bytes.ToArray();
    }

    private static string Unquote(string value)
    {
        if (value.Length == 0 || value[0] != '"') return value;
        var text = new StringBuilder();
        for (var i = 1; i < value.Length && value[i] != '"'; i++)
        {
            // Windows paths come with bare backslashes; only \" and \\ are taken as escapes.
            if (value[i] == '\\' && i + 1 < value.Length && value[i + 1] is '"' or '\\') i++;
            text.Append(value[i]);
        }
        return text.ToString();
    }

    private static List<string> Split(string raw)
    {
        var parts = new List<string>();
        var start = 0;
        var quoted = false;
        for (var i = 0; i <= raw.Length && parts.Count < MaxParameters; i++)
        {
            if (i < raw.Length && raw[i] == '"' && (i == 0 || raw[i - 1] != '\\')) quoted = !quoted;
            if (i < raw.Length && (quoted || raw[i] != ';')) continue;
            parts.Add(raw[start..i]);
            start = i + 1;
        }
        return parts;
    }
}
