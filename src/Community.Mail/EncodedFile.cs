using MimeKit;
using MimeKit.Encodings;

namespace Community.Mail;

/// <summary>
/// A file that messages carry, in base64 as it goes over the wire. Encoded once for all messages: each reads the same bytes, and none
/// holds a copy.
/// </summary>
/// <param name="name">What its reader saves it as; any script.</param>
/// <param name="mediaType">Such as <c>application/pdf</c>.</param>
/// <param name="base64">Made by <see cref="Encode"/>.</param>
public sealed class EncodedFile(string name, string mediaType, byte[] base64)
{
    /// <summary>Base64 in lines of 76 columns (RFC 2045 §6.8).</summary>
    public static byte[] Encode(byte[] content)
    {
        var encoder = new Base64Encoder();
        var output = new byte[encoder.EstimateOutputLength(content.Length)];
        return output[..encoder.Flush(content, 0, content.Length, output)];
    }

    /// <param name="contentId">left@right, by which the HTML shows it; null for an attachment.</param>
    internal MimePart Part(string? contentId)
    {
        // A part of its own for each message, since each reads its stream; the bytes are shared.
        var part = new MimePart(ContentType.Parse(mediaType))
        {
            Content = new MimeContent(new MemoryStream(base64, writable: false), ContentEncoding.Base64),
            ContentTransferEncoding = ContentEncoding.Base64,
            ContentDisposition = new ContentDisposition(contentId is null ? ContentDisposition.Attachment : ContentDisposition.Inline),
            ContentId = contentId,
        };
        // RFC 2231 for all who know it, and RFC 2047 beside it, against RFC 2047 §5: what Outlook and old programs of carriers read.
        Add(part.ContentDisposition.Parameters, "filename", ParameterEncodingMethod.Rfc2231);
        Add(part.ContentType.Parameters, "name", ParameterEncodingMethod.Rfc2047);
        return part;

        void Add(ParameterList parameters, string field, ParameterEncodingMethod method) =>
            parameters.Add(new Parameter(field, name) { EncodingMethod = method });
    }
}
