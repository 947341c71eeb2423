using System.Buffers;
using System.Net;
using Community.Mail;
using MimeKit;

namespace Community.Bulk;

/// <summary>
/// Writes the messages of an offer's recipients from its texts and their values. What is the same for all is written once. Used by several
/// threads at once.
/// </summary>
public sealed class WriteMessage
{
    readonly Reserve offer;
    // Of one message after the other.
    [ThreadStatic]
    static ArrayBufferWriter<char>? plainText, htmlText;

    // Where a content cannot be written, those of the others can.
    readonly Lazy<Prepared>[] contents;

    public WriteMessage(Reserve offer)
    {
        offer = offer with { Contents = [.. offer.Contents.Select(c => c with { Text = Lines(c.Text), Html = Lines(c.Html) })] };
        this.offer = offer;
        contents = [.. offer.Contents.Select(c => new Lazy<Prepared>(() => Prepare(offer, c)))];

        // Words, field, words, with lines ended by CRLF. A return at the end might belong to what begins the value.
        static IReadOnlyList<string> Lines(IReadOnlyList<string> pieces) =>
            [.. pieces.Select((p, i) => i % 2 == 1 || p.EndsWith('\r') ? p : p.ReplaceLineEndings("\r\n"))];
    }

    /// <summary>A message as octets.</summary>
    /// <exception cref="ArgumentException">A field has no value, or a value may not stand where it should.</exception>
    public void Write(MessageOctets message, BulkRecipient to, DateTime now)
    {
        message.Clear();
        var content = ContentOf(to);
        var prepared = contents[to.Content].Value;
        message.Again(prepared.From);
        message.Mailbox("To", to.Name, to.To);
        if (prepared.Subject is { } subject) message.Again(subject);
        else message.Text("Subject", Filled(content.Subject, to.Values));
        message.Identity(IdOf(to), now);
        foreach (var (field, pieces, written) in prepared.Tokens)
            if (written is not null) message.Again(written);
            else message.Tokens(field, Filled(pieces, to.Values));
        var (text, html) = (plainText ??= new(), htmlText ??= new());
        text.ResetWrittenCount();
        html.ResetWrittenCount();
        Fill(text, content.Text, to.Values, html: false);
        Fill(html, content.Html, to.Values, html: true);
        message.Body(text.WrittenSpan, html.WrittenSpan);
    }

    /// <summary>The same as objects, for what signs it.</summary>
    /// <exception cref="ArgumentException">A field has no value, or a value may not stand where it should.</exception>
    public MimeMessage Message(BulkRecipient to, DateTime now)
    {
        var content = ContentOf(to);
        return OutgoingMessage.Write(
            (offer.Sender.Name, offer.Sender.Address),
            (to.Name, to.To),
            Filled(content.Subject, to.Values),
            IdOf(to),
            now,
            TokensOf(offer, content).Select(h => (h.Field, Filled(h.Pieces, to.Values))),
            MailBody.Written(Filled(content.Text, to.Values), Filled(content.Html, to.Values, html: true))
        );
    }

    MailContent ContentOf(BulkRecipient to) =>
        to.Content < offer.Contents.Count ? offer.Contents[to.Content] : throw new ArgumentException($"There is no content {to.Content}.");

    string IdOf(BulkRecipient to) => $"{offer.Sender.MessageIdLeft}.{to.Rid}@{offer.Sender.MessageIdRight}";

    static IEnumerable<(string Field, IReadOnlyList<string> Pieces)> TokensOf(Reserve offer, MailContent content)
    {
        foreach (var (field, pieces) in content.Headers) yield return (field, pieces);
        if (offer.Sender.ReplyTo is { } replyTo) yield return ("Reply-To", [$"<{replyTo}>"]);
    }

    static Prepared Prepare(Reserve offer, MailContent content)
    {
        return new(
            MessageOctets.Fields(m => m.Mailbox("From", offer.Sender.Name, offer.Sender.Address)),
            content.Subject is [var subject] ? MessageOctets.Fields(m => m.Text("Subject", subject)) : null,
            [
                .. TokensOf(offer, content).Select(h =>
                    (h.Field, h.Pieces, h.Pieces is [var value] ? MessageOctets.Fields(m => m.Tokens(h.Field, value)) : null)),
            ]
        );
    }

    static int Length(IReadOnlyList<string> pieces) => 64 * pieces.Count + pieces.Sum(p => p.Length);

    static string Filled(IReadOnlyList<string> pieces, IReadOnlyDictionary<string, string> values, bool html = false)
    {
        if (pieces.Count == 1) return pieces[0];
        var text = new ArrayBufferWriter<char>(Length(pieces));
        Fill(text, pieces, values, html);
        return text.WrittenSpan.ToString();
    }

    /// <summary>Words, field, words, field, words.</summary>
    static void Fill(
        ArrayBufferWriter<char> to, IReadOnlyList<string> pieces, IReadOnlyDictionary<string, string> values, bool html)
    {
        to.Write(pieces[0]);
        for (var i = 1; i < pieces.Count; i += 2)
        {
            if (!values.TryGetValue(pieces[i], out var value)) throw new ArgumentException($"The field {pieces[i]} has no value.");
            to.Write(html ? WebUtility.HtmlEncode(value) : value);
            to.Write(pieces[i + 1]);
        }
    }

    /// <summary>Fields of a content; null where a recipient's values stand in it.</summary>
    sealed record Prepared(
        byte[] From, byte[]? Subject, IReadOnlyList<(string Field, IReadOnlyList<string> Pieces, byte[]? Written)> Tokens);
}
