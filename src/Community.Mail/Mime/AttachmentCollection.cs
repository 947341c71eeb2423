using System.Collections.ObjectModel;
using System.Security.Cryptography;

namespace Community.Mail.Mime;

/// <summary>The files of a <see cref="BodyBuilder"/>.</summary>
public sealed class AttachmentCollection : Collection<MimeEntity>
{
    private readonly string _disposition;

    internal AttachmentCollection(string disposition) => _disposition = disposition;

    /// <param name="fileName">What the reader sees; any Unicode text without controls.</param>
    /// <param name="content">The plain bytes.</param>
    /// <param name="contentType">Default application/octet-stream.</param>
    /// <exception cref="ArgumentException">The name holds a control character or lone surrogate.</exception>
    public MimePart Add(string fileName, ReadOnlyMemory<byte> content, ContentType? contentType = null)
    {
        var part = new MimePart(contentType ?? new ContentType("application", "octet-stream"), content)
        {
            ContentTransferEncoding = ContentEncoding.Base64,
            ContentDisposition = new ContentDisposition(_disposition) { FileName = fileName },
        };
        // From name and content, so that the same message gives the same bytes.
        if (_disposition == ContentDisposition.Inline)
            part.ContentId =
                Convert.ToHexStringLower(SHA256.HashData([.. EncodedWord.Utf8.GetBytes(fileName), 0, .. content.Span]))[..24] + "@part";
        Add(part);
        return part;
    }
}
