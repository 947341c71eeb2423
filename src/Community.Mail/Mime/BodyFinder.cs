namespace Community.Mail.Mime;

/// <summary>Finds in a tree what a mail program shows.</summary>
internal static class BodyFinder
{
    public static string? Text(MimeEntity? body, string subtype) => Find(body, subtype)?.Text;

    public static IEnumerable<MimeEntity> Leaves(MimeEntity? entity) =>
        entity is Multipart multipart ? multipart.SelectMany(Leaves) : entity is null ? [] : [entity];

    public static bool IsFile(MimeEntity? body, MimeEntity part) =>
        part.IsAttachment || (!IsShown(body, part) && !IsLinked(body, part));

    public static bool IsLinked(MimeEntity? body, MimeEntity part) =>
        part is { ContentId: not null, IsAttachment: false } and not TextPart { IsHtml: true } && IsWithinRelated(body, part);

    // A second text part in a row is text too, unless it has a name.
    private static bool IsShown(MimeEntity? body, MimeEntity part) =>
        part is TextPart text && (text.IsPlain || text.IsHtml) && (text.FileName is null || ReferenceEquals(body, part));

    private static TextPart? Find(MimeEntity? entity, string subtype) => entity switch
    {
        TextPart text when !text.IsAttachment && text.ContentType.IsMimeType("text", subtype) => text,
        Multipart multipart => multipart.Select(p => Find(p, subtype)).FirstOrDefault(t => t is not null),
        _ => null,
    };

    private static bool IsWithinRelated(MimeEntity? entity, MimeEntity part) =>
        entity is Multipart multipart
        && ((multipart.ContentType.IsMimeType("multipart", "related") && multipart.Contains(part))
            || multipart.Any(child => IsWithinRelated(child, part)));
}
