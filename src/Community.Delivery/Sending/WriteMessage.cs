using System.Net;
using Community.Mail;
using MimeKit;

namespace Community.Bulk;

/// <summary>Writes the message of one recipient from the offer's texts and the recipient's values.</summary>
public static class WriteMessage
{
    /// <summary>The offer with its words as they are sent, lines ended by CRLF: once, not for each recipient.</summary>
    public static Reserve Ready(Reserve offer)
    {
        return offer with { Contents = [.. offer.Contents.Select(c => c with { Text = Lines(c.Text), Html = Lines(c.Html) })] };

        // Words, field, words. A return at the end might belong to what begins the value.
        static IReadOnlyList<string> Lines(IReadOnlyList<string> pieces) =>
            [.. pieces.Select((p, i) => i % 2 == 1 || p.EndsWith('\r') ? p : p.ReplaceLineEndings("\r\n"))];
    }

    /// <exception cref="ArgumentException">A field has no value, or a value may not stand where it should.</exception>
    public static MimeMessage For(Reserve offer, BulkRecipient to, DateTime now)
    {
        if (to.Content >= offer.Contents.Count) throw new ArgumentException($"There is no content {to.Content}.");
        var content = offer.Contents[to.Content];
        var headers = content.Headers.Select(h => (h.Key, Filled(h.Value, to.Values, html: false))).ToList();
        if (offer.Sender.ReplyTo is { } replyTo) headers.Add(("Reply-To", $"<{replyTo}>"));
        return OutgoingMessage.Write(
            (offer.Sender.Name, offer.Sender.Address),
            (to.Name, to.To),
            Filled(content.Subject, to.Values, html: false),
            $"{offer.Sender.MessageIdLeft}.{to.Rid}@{offer.Sender.MessageIdRight}",
            now,
            headers,
            MailBody.Written(Filled(content.Text, to.Values, html: false), Filled(content.Html, to.Values, html: true))
        );
    }

    /// <summary>Words, field, words, field, words.</summary>
    static string Filled(IReadOnlyList<string> pieces, IReadOnlyDictionary<string, string> values, bool html)
    {
        if (pieces.Count == 1) return pieces[0];
        var text = new System.Text.StringBuilder(pieces[0]);
        for (var i = 1; i < pieces.Count; i += 2)
        {
            if (!values.TryGetValue(pieces[i], out var value)) throw new ArgumentException($"The field {pieces[i]} has no value.");
            text.Append(html ? WebUtility.HtmlEncode(value) : value).Append(pieces[i + 1]);
        }
        return text.ToString();
    }
}
