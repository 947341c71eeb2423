using SkiaSharp;

namespace Community.Kernel;

/// <summary>
/// A picture re-encoded from an upload: its pixels are decoded, turned upright, converted to sRGB, scaled to display size, and
/// encoded again. So nothing else of the uploaded file survives: no location, no comment, no HTML after its end, no decoder
/// exploit.
/// </summary>
public sealed record Picture(string MediaType, string Extension, int Width, int Height, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>40 megapixels: 160 MB while decoding. A decompression bomb claims more.</summary>
    public const long MaxPixels = 40_000_000;
    /// <summary>Of a JPEG, which is decoded at a fraction of its size: telephones make 50 megapixels.</summary>
    public const long MaxJpegPixels = 64_000_000;
    /// <summary>The width of <see cref="Small"/> of a post's picture, for telephones.</summary>
    public const int SmallWidth = 640;
    /// <summary>The width of <see cref="Small"/> of a board's picture, for lists of boards.</summary>
    const int SmallBoardWidth = 320;
    /// <summary>
    /// A progressive JPEG has about ten scans; hundreds, each over all pixels, are an attack on the decoder. A thumbnail adds some.
    /// </summary>
    const int MaxScans = 100;
    /// <summary>A photograph uploaded as PNG would be too large for a page.</summary>
    const int HeavyPng = 200 * 1024;

    /// <summary>The same, less wide; null if it is no wider than that, or neither of a post nor of a board.</summary>
    public Picture? Small { get; private init; }

    /// <summary>Decoding needs much memory per megapixel, so only one at a time in this process.</summary>
    static readonly SemaphoreSlim darkroom = new(1);

    /// <summary>Reads the bytes only when its turn has come, so that waiting uploads do not hold them in memory.</summary>
    /// <exception cref="FileRefused">Not an accepted format, corrupt, or too many pixels.</exception>
    internal static async Task<Picture> Develop(Func<Task<byte[]>> read, FilePurpose purpose, CancellationToken ct, bool asMade = false)
    {
        await darkroom.WaitAsync(ct);
        try
        {
            var bytes = await read();
            return await Task.Run(() => Make(bytes, purpose, asMade), ct);
        }
        finally { darkroom.Release(); }
    }

    /// <param name="sent">The file.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="asMade">
    /// Whether a picture of a post that has nothing but the pixels, as we write them, is kept octet by octet if it can be decoded: what an
    /// archive of ours brings back would lose a little each time else.
    /// </param>
    /// <exception cref="FileRefused">Not an accepted format, corrupt, or too many pixels.</exception>
    public static Picture Make(byte[] sent, FilePurpose purpose, bool asMade = false)
    {
        if (sent.Length == 0) throw new FileRefused("files.refused.empty");
        if (IsHeic(sent)) throw new FileRefused("files.refused.heic");
        if (!IsTaken(sent)) throw new FileRefused("files.refused.kind");
        if (IsJpeg(sent) && sent.AsSpan().Count((ReadOnlySpan<byte>)[0xFF, 0xDA]) > MaxScans) throw Broken();
        using var data = SKData.CreateCopy(sent);
        // Reads only the header.
        using var codec = SKCodec.Create(data) ?? throw Broken();
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width <= 0 || height <= 0) throw Broken();
        var most = IsJpeg(sent) ? MaxJpegPixels : MaxPixels;
        if ((long)width * height > most) throw new FileRefused("files.refused.pixels", most / 1_000_000);
        var origin = codec.EncodedFormat is SKEncodedImageFormat.Png ? PngOrientation.Of(sent) : codec.EncodedOrigin;
        using var upright = Development.Upright(codec, origin, BoxOf(purpose));
        var box = BoxOf(purpose);
        var isKept = asMade && purpose is FilePurpose.Post && width <= box.Width && height <= box.Height && HasPixelsAlone(sent);
        var picture = isKept ? new("image/webp", "webp", width, height, sent) : Written(upright, purpose, IsJpeg(sent));
        var narrow = purpose switch { FilePurpose.Post => SmallWidth, FilePurpose.Board => SmallBoardWidth, _ => int.MaxValue };
        if (picture.Width <= narrow) return picture;
        using var small = Development.Reduced(upright, picture.Width, picture.Height, narrow);
        return picture with { Small = Written(small, purpose, IsJpeg(sent)) };
    }

    /// <summary>The largest size ever shown, on high-resolution screens.</summary>
    static SKSizeI BoxOf(FilePurpose purpose) => purpose switch
    {
        FilePurpose.Avatar => new(512, 512),
        // Page headers show it at most 56 pixels high, mails 48.
        FilePurpose.Logo => new(1024, 256),
        // A mail is 600 pixels wide.
        FilePurpose.Mail => new(1200, 2400),
        // A post is at most 46rem wide: on a screen of twice the resolution that is about 1,500 pixels.
        FilePurpose.Post => new(1600, 1600),
        // It stands above a board's topics, and must leave room for them.
        FilePurpose.Board => new(1200, 600),
        _ => new(2048, 2048),
    };

    /// <summary>Logos and pictures of mailings appear in mail, and not every mail program supports WebP.</summary>
    static Picture Written(SKSurface upright, FilePurpose purpose, bool wasJpeg)
    {
        using var drawn = upright.PeekPixels();
        // The pixels are sRGB, the default without a profile, which would only make the file larger.
        using var pixels = drawn.WithColorSpace(null!);
        if (purpose is not (FilePurpose.Logo or FilePurpose.Mail or FilePurpose.MailAttachment))
            return Of("image/webp", "webp", pixels, pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, 82)));
        var isOpaque = Development.IsOpaque(pixels);
        if (
            !(wasJpeg && isOpaque)
            && Of("image/png", "png", pixels, pixels.Encode(SKPngEncoderOptions.Default)) is var png
            && (png.Bytes.Length <= HeavyPng || !isOpaque)
        )
            return png;
        return Of("image/jpeg", "jpg", pixels, pixels.Encode(SKEncodedImageFormat.Jpeg, 90));
    }

    static Picture Of(string mediaType, string extension, SKPixmap pixels, SKData? encoded)
    {
        using (encoded)
            return new(
                mediaType,
                extension,
                pixels.Width,
                pixels.Height,
                encoded?.ToArray() ?? throw new InvalidOperationException("The picture could not be encoded.")
            );
    }

    /// <summary>
    /// A WebP file (RFC 9649) of one picture without colour profile, Exif, XMP, animation or anything behind its end.
    /// </summary>
    static bool HasPixelsAlone(ReadOnlySpan<byte> file)
    {
        if (file.Length < 20 || !file.StartsWith("RIFF"u8) || !file[8..].StartsWith("WEBP"u8)) return false;
        if (Size(file[4..]) != file.Length - 8) return false;
        var (pictures, alpha, first) = (0, 0, true);
        for (var rest = file[12..]; rest.Length > 0; first = false)
        {
            if (rest.Length < 8) return false;
            var size = Size(rest[4..]);
            if (size < 0 || size > rest.Length - 8 - (size & 1)) return false;
            // Of the extended header, the flag of transparency alone.
            if (rest.StartsWith("VP8X"u8) ? !first || size != 10 || (rest[8] & ~0x10) != 0
                : rest.StartsWith("ALPH"u8) ? ++alpha > 1
                : !rest.StartsWith("VP8 "u8) || ++pictures > 1) return false;
            rest = rest[(8 + size + (size & 1))..];
        }
        return pictures == 1;

        static int Size(ReadOnlySpan<byte> at) => System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(at);
    }

    static bool IsJpeg(ReadOnlySpan<byte> bytes) => bytes is [0xFF, 0xD8, 0xFF, ..];

    /// <summary>The library reads more formats; others must not reach it.</summary>
    internal static bool IsTaken(ReadOnlySpan<byte> bytes) => IsJpeg(bytes) || bytes is
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..]
        or [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..]
        or [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..];

    /// <summary>
    /// HEIC and AVIF (ISO/IEC 23008-12, brands): what telephones keep their photographs in, which cannot be decoded here. Whoever sends
    /// one is told how to send a JPEG.
    /// </summary>
    internal static bool IsHeic(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 11
        && bytes[4..8].SequenceEqual("ftyp"u8)
        && System.Text.Encoding.ASCII.GetString(bytes[8..12])
            is "heic"
                or "heix"
                or "heim"
                or "heis"
                or "hevc"
                or "hevx"
                or "mif1"
                or "msf1"
                or "avif"
                or "avis";

    internal static FileRefused Broken() => new("files.refused.broken");
}
