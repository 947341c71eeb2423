using System.Text;
using System.Text.RegularExpressions;

namespace Community.Mail.Tests.Reading;

/// <summary>Reads a message of ours by RFC 5322, 2045 and 2047 alone: a second opinion beside the library that wrote it.</summary>
internal static class Wire
{
    public static string Unfolded(string[] lines)
    {
        var value = string.Concat(lines)[(lines[0].IndexOf(':') + 1)..];
        if (value.StartsWith(' ')) value = value[1..];
        value = Regex.Replace(value, @"(?<==\?utf-8\?B\?[^?]*\?=)\s+(?==\?utf-8\?B\?)", "");
        return Regex.Replace(value, @"=\?utf-8\?B\?([^?]*)\?=", m => Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value)));
    }

    public static (string Text, string Html) Parts(string message)
    {
        var end = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var boundary = Regex.Match(message[..end], "boundary=\"([^\"]+)\"").Groups[1].Value;
        var parts = message[(end + 2)..].Split("\r\n--" + boundary);
        Assert.Equal(4, parts.Length);
        return (Part(parts[1]), Part(parts[2]));
    }

    static string Part(string part)
    {
        var end = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var (head, body) = (part[..end], part[(end + 4)..]);
        Assert.Contains("charset=utf-8", head);
        if (head.Contains("base64")) return Encoding.UTF8.GetString(Convert.FromBase64String(body));
        if (!head.Contains("quoted-printable")) return body;
        body = body.Replace("=\r\n", "", StringComparison.Ordinal);
        var bytes = new List<byte>();
        for (var i = 0; i < body.Length; i++)
            if (body[i] == '=') { bytes.Add(Convert.ToByte(body.Substring(i + 1, 2), 16)); i += 2; }
            else bytes.Add((byte)body[i]);
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
