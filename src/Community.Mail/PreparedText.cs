using System.Buffers;
using System.Text;

namespace Community.Mail;

/// <summary>
/// A text of which very many messages have their own: the same but for some values. Its lines without a value are encoded once.
/// </summary>
/// <remarks>Used by several threads at once. What comes of it is what the whole text would become, to the octet.</remarks>
public sealed class PreparedText
{
    /// <summary>Whole lines, ending with their line break; but for the last piece, which may end without one.</summary>
    /// <param name="Octets">In UTF-8, with CRLF; null for lines that hold values.</param>
    /// <param name="Quoted">The same in quoted-printable.</param>
    /// <param name="Text">Of lines that hold values: text, or null for the next value.</param>
    readonly record struct Piece(byte[]? Octets, byte[]? Quoted, string?[]? Text);

    readonly List<Piece> pieces = [];
    /// <summary>Octets in the lines without values, and how many of them are not ASCII.</summary>
    readonly int length, others;

    /// <param name="parts">Text, or null for a value.</param>
    /// <exception cref="ArgumentException">A text contains an unpaired surrogate.</exception>
    public PreparedText(IEnumerable<string?> parts)
    {
        // The lines that are not complete yet.
        var open = new List<string?>();
        foreach (var part in parts)
        {
            if (part is null) Values++;
            if (part?.IndexOf('\n') is not (>= 0 and var first))
            {
                open.Add(part);
                continue;
            }
            var rest = part;
            if (open.Contains(null))
            {
                open.Add(part[..(first + 1)]);
                End(open);
                rest = part[(first + 1)..];
            }
            var end = rest.LastIndexOf('\n') + 1;
            if (end > 0)
            {
                open.Add(rest[..end]);
                End(open);
            }
            open.Add(rest[end..]);
        }
        End(open);
        length = pieces.Sum(p => p.Octets?.Length ?? 0);
        others = pieces.Sum(p => p.Octets is { } octets ? MailBody.Others(octets) : 0);
    }

    /// <summary>How many values each message gives, in their order.</summary>
    public int Values { get; }

    void End(List<string?> open)
    {
        if (open.Contains(null)) pieces.Add(new(null, null, [.. open]));
        else if (string.Concat(open) is { Length: > 0 } text)
        {
            var (octets, quoted) = (new ArrayBufferWriter<byte>(text.Length + 1), new ArrayBufferWriter<byte>(text.Length + 1));
            MailBody.Octets(octets, text);
            MailBody.Quoted(quoted, octets.WrittenSpan);
            pieces.Add(new(octets.WrittenSpan.ToArray(), quoted.WrittenSpan.ToArray(), null));
        }
        open.Clear();
    }

    /// <summary>The content of a part, encoded, and what its header says of that.</summary>
    /// <exception cref="ArgumentException">A value contains an unpaired surrogate, or they are not as many as there are places.</exception>
    internal void Write(ArrayBufferWriter<byte> to, IReadOnlyList<string> values)
    {
        if (values.Count != Values) throw new ArgumentException("Not as many values as there are places for.", nameof(values));
        var (own, ends) = (new ArrayBufferWriter<byte>(500), new List<int>());
        var next = 0;
        foreach (var piece in pieces)
            if (piece.Text is { } text)
            {
                MailBody.Octets(own, string.Concat(Array.ConvertAll(text, t => t ?? values[next++])));
                ends.Add(own.WrittenCount);
            }
        var all = length + own.WrittenCount;
        var inBase64 = MailBody.IsBase64(others + MailBody.Others(own.WrittenSpan), all);
        to.Ascii(inBase64 ? MailBody.InBase64 : MailBody.InQuotedPrintable);
        var whole = inBase64 ? ArrayPool<byte>.Shared.Rent(all) : [];
        var (at, start, ended) = (0, 0, 0);
        foreach (var piece in pieces)
        {
            var octets = piece.Octets ?? own.WrittenSpan[start..ends[ended]];
            if (piece.Octets is null) start = ends[ended++];
            if (inBase64)
            {
                octets.CopyTo(whole.AsSpan(at));
                at += octets.Length;
            }
            else if (piece.Quoted is { } quoted) to.Write(quoted);
            else MailBody.Quoted(to, octets);
        }
        if (!inBase64) return;
        MailBody.Base64Lines(to, whole.AsSpan(0, all));
        ArrayPool<byte>.Shared.Return(whole);
    }
}
