namespace Community.Kernel;

/// <summary>
/// Which files members may send besides pictures: by the name's extension, and only if the content begins as that kind does. They are
/// never shown on the site's own origin, only saved.
/// </summary>
public static class FileKinds
{
    delegate bool Beginning(ReadOnlySpan<byte> head);

    static readonly Beginning zip = h => h.StartsWith("PK\u0003\u0004"u8) || h.StartsWith("PK\u0005\u0006"u8);
    static readonly Beginning office = h => h.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    static readonly Beginning film = h => h.Length > 11 && h[4..8].SequenceEqual("ftyp"u8);
    static readonly Beginning ogg = h => h.StartsWith("OggS"u8);
    static readonly Beginning matroska = h => h.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]);

    static readonly Dictionary<string, (string MediaType, Beginning Begins)> kinds = new()
    {
        ["pdf"] = ("application/pdf", h => h.StartsWith("%PDF-"u8)),
        ["txt"] = ("text/plain", IsText),
        ["md"] = ("text/markdown", IsText),
        ["csv"] = ("text/csv", IsText),
        ["log"] = ("text/plain", IsText),
        ["ics"] = ("text/calendar", IsText),
        ["vcf"] = ("text/vcard", IsText),
        ["rtf"] = ("application/rtf", h => h.StartsWith(@"{\rtf"u8)),
        ["docx"] = ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", zip),
        ["xlsx"] = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", zip),
        ["pptx"] = ("application/vnd.openxmlformats-officedocument.presentationml.presentation", zip),
        ["odt"] = ("application/vnd.oasis.opendocument.text", zip),
        ["ods"] = ("application/vnd.oasis.opendocument.spreadsheet", zip),
        ["odp"] = ("application/vnd.oasis.opendocument.presentation", zip),
        ["epub"] = ("application/epub+zip", zip),
        ["doc"] = ("application/msword", office),
        ["xls"] = ("application/vnd.ms-excel", office),
        ["ppt"] = ("application/vnd.ms-powerpoint", office),
        ["jtd"] = ("application/x-js-taro", office),
        ["zip"] = ("application/zip", zip),
        ["7z"] = ("application/x-7z-compressed", h => h.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])),
        ["lzh"] = ("application/x-lzh-compressed", h => h.Length > 6 && h[2..5].SequenceEqual("-lh"u8)),
        ["mp3"] = ("audio/mpeg", h => h.StartsWith("ID3"u8) || (h.Length > 1 && h[0] == 0xFF && (h[1] & 0xE6) is 0xE2)),
        ["m4a"] = ("audio/mp4", film),
        ["wav"] = ("audio/wav", h => h.StartsWith("RIFF"u8) && h.Length > 11 && h[8..12].SequenceEqual("WAVE"u8)),
        ["ogg"] = ("audio/ogg", ogg),
        ["opus"] = ("audio/ogg", ogg),
        ["flac"] = ("audio/flac", h => h.StartsWith("fLaC"u8)),
        ["mp4"] = ("video/mp4", film),
        ["m4v"] = ("video/mp4", film),
        ["mov"] = ("video/quicktime", h => h.Length > 7
            && (h[4..8].SequenceEqual("ftyp"u8) || h[4..8].SequenceEqual("moov"u8) || h[4..8].SequenceEqual("wide"u8))),
        ["webm"] = ("video/webm", matroska),
        ["mkv"] = ("video/x-matroska", matroska),
    };

    /// <summary>The extensions, for the sentence that says what is accepted.</summary>
    public static IEnumerable<string> Extensions => kinds.Keys;

    /// <summary>The media type under which it is saved; null for a picture, which is made anew.</summary>
    /// <param name="head">How the content begins: at least its first kilobytes.</param>
    /// <param name="name">The file's name.</param>
    /// <exception cref="FileRefused">Neither a picture nor a kind that is accepted, or not what its name says.</exception>
    public static string? MediaTypeOf(ReadOnlySpan<byte> head, string name)
    {
        if (Picture.IsTaken(head)) return null;
        if (Picture.IsHeic(head)) throw new FileRefused("files.refused.heic");
        if (!kinds.TryGetValue(FileName.ExtensionOf(name), out var kind))
            throw new FileRefused("files.refused.file-kind", string.Join(", ", Extensions));
        return kind.Begins(head) ? kind.MediaType : throw new FileRefused("files.refused.not-its-name", FileName.ExtensionOf(name));
    }

    /// <summary>
    /// In any of the encodings in use: no control characters but white space and ESC, which ISO-2022-JP uses; UTF-16 says so.
    /// </summary>
    static bool IsText(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return true;
        foreach (var b in head)
            if (b < 32 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or 0x1B)) return false;
        return true;
    }
}
