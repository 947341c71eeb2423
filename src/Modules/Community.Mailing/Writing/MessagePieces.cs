using Community.Kernel;
using Community.Mail;

namespace Community.Mailing;

/// <summary>
/// A message for all recipients of a content who read what stands around it in one language: put together once, in pieces with places for
/// what is a recipient's own.
/// </summary>
sealed class MessagePieces(IReadOnlyList<MailPiece> text, IReadOnlyList<MailPiece> html)
{
    /// <summary>Beside the fields of authors, of which none has such a name.</summary>
    public static readonly MergeField Leaving = new("link to leave", to => new(to.UnsubscribeUrl)),
        Viewing = new("link to view", _ => new(""));

    readonly Lazy<(PreparedText Text, PreparedText Html)> prepared = new(() => (Prepared(text), Prepared(html)));
    readonly MailPiece[] inText = Places(text), inHtml = Places(html);

    static PreparedText Prepared(IReadOnlyList<MailPiece> pieces) => new(pieces.Select(p => p.Field is null ? p.Text : null));
    static MailPiece[] Places(IReadOnlyList<MailPiece> pieces) => [.. pieces.Where(p => p.Field is not null)];

    public string Text(Recipient to) => Whole(text, to, inHtml: false);
    public string Html(Recipient to) => Whole(html, to, inHtml: true);

    static string Whole(IReadOnlyList<MailPiece> pieces, Recipient to, bool inHtml) =>
        string.Concat(pieces.Select(p => p.Field is null ? p.Text : Value(p, to, inHtml)));

    /// <summary>The same for who writes very many: what recipients have in common is encoded once.</summary>
    /// <exception cref="ArgumentException">A text contains an unpaired surrogate.</exception>
    public void Write(MessageOctets octets, Recipient to) => octets.Body(
        prepared.Value.Text,
        Array.ConvertAll(inText, place => Value(place, to, inHtml: false)),
        prepared.Value.Html,
        Array.ConvertAll(inHtml, place => Value(place, to, inHtml: true))
    );

    static string Value(MailPiece place, Recipient to, bool inHtml) => MailTemplate.Written(
        place,
        ReferenceEquals(place.Field, Leaving) ? to.UnsubscribeUrl
            : ReferenceEquals(place.Field, Viewing) ? to.ViewUrl
            : to.Values[place.Field!.Name],
        inHtml
    );
}
