using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace Community.Tests.Files;

/// <summary>Pictures that decode, with things in them that must not stay.</summary>
static class PictureBytes
{
    public const string Secret = "35.0116N 135.7681E";

    static byte[] Big16(int n) => [(byte)(n >> 8), (byte)n];
    static byte[] Big32(long n) => [(byte)(n >> 24), (byte)(n >> 16), (byte)(n >> 8), (byte)n];
    static byte[] Little16(int n) => [(byte)n, (byte)(n >> 8)];
    static byte[] Little24(int n) => [(byte)n, (byte)(n >> 8), (byte)(n >> 16)];
    static byte[] Little32(long n) => [(byte)n, (byte)(n >> 8), (byte)(n >> 16), (byte)(n >> 24)];
    static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The colours of the corners, from the left above by rows: whoever turns the picture turns them.</summary>
    public static readonly SKColor[] Corners = [SKColors.Red, SKColors.Lime, SKColors.Blue, SKColors.White];

    /// <summary>
    /// Four quarters in the colours of <see cref="Corners"/>; with a hole in the middle if it is transparent, and noise if it shall be
    /// heavy.
    /// </summary>
    public static SKBitmap Painted(int width, int height, bool transparent = false, bool noise = false)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var pixels = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan());
        var random = new Random(width * 7919 + height);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var hole = transparent && x >= width / 4 && x < (width + 1) * 3 / 4 && y >= height / 4 && y < (height + 1) * 3 / 4;
                var colour = Corners[(y * 2 >= height ? 2 : 0) + (x * 2 >= width ? 1 : 0)];
                pixels[y * width + x] =
                    hole ? 0
                    : noise ? (uint)random.Next() | 0xFF000000
                    : 0xFF000000 | (uint)(colour.Blue << 16) | (uint)(colour.Green << 8) | colour.Red;
            }
        return bitmap;
    }

    static byte[] Encoded(int width, int height, SKEncodedImageFormat format, bool transparent, bool noise)
    {
        using var bitmap = Painted(width, height, transparent, noise);
        using var pixels = bitmap.PeekPixels();
        using var data =
            format is SKEncodedImageFormat.Webp
                ? pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 80))
                : pixels.Encode(format, 95);
        return data!.ToArray();
    }

    static byte[] Segment(int marker, params byte[] data) => [0xFF, (byte)marker, .. Big16(data.Length + 2), .. data];

    /// <summary>EXIF data as a telephone writes it: an orientation, and a place.</summary>
    public static byte[] ExifBlock(int orientation) =>
    [
        (byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 2, 0,
        0x0E, 0x01, 2, 0, .. Little32(Secret.Length), 38, 0, 0, 0,
        0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0, .. Ascii(Secret),
    ];

    /// <summary>Sides over 4,000 are only said, as a picture bomb says them.</summary>
    public static byte[] Jpeg(int width = 8, int height = 8, int orientation = 1, string after = "", bool noise = false, int scans = 0)
    {
        var isBomb = width > 4000 || height > 4000 || width == 0 || height == 0;
        var made = Encoded(isBomb ? 8 : width, isBomb ? 8 : height, SKEncodedImageFormat.Jpeg, false, noise);
        if (isBomb)
        {
            var size = made.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 5;
            Big16(height).CopyTo(made, size);
            Big16(width).CopyTo(made, size + 2);
        }
        var scan = made.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        return
        [
            0xFF,
            0xD8,
            .. Segment(0xE1, [.. Ascii("Exif\0\0"), .. ExifBlock(orientation)]),
            .. Segment(0xE1, Ascii("http://ns.adobe.com/xap/1.0/\0<x>" + Secret + "</x>")),
            .. Segment(0xED, Ascii("Photoshop 3.0\0" + Secret)),
            .. Segment(0xFE, Ascii("<script>alert(1)</script>" + Secret)),
            .. made[2..scan],
            .. Enumerable.Repeat(made[scan..^2], scans + 1).SelectMany(b => b),
            .. made[^2..],
            .. Ascii(after),
        ];
    }

    static byte[] Chunk(string type, params byte[] data)
    {
        byte[] body = [.. Ascii(type), .. data];
        return [.. Big32(data.Length), .. body, .. Big32(Crc(body))];
    }

    static uint Crc(byte[] bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++) crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }

    /// <param name="width">Over 4,000 it is only said.</param>
    /// <param name="height">Over 4,000 it is only said.</param>
    /// <param name="orientation">As EXIF has it.</param>
    /// <param name="after">Follows the end.</param>
    /// <param name="heavy">Bytes of a comment.</param>
    /// <param name="transparent">With a hole.</param>
    /// <param name="noise">Cannot be compressed.</param>
    public static byte[] Png(
        long width = 8,
        long height = 8,
        int orientation = 1,
        string after = "",
        int heavy = 0,
        bool transparent = false,
        bool noise = false
    )
    {
        byte[] start = [0x89, .. Ascii("PNG\r\n\u001a\n")];
        byte[] also =
        [
            .. Chunk("eXIf", ExifBlock(orientation)),
            .. Chunk("tEXt", Ascii("Comment\0" + Secret)),
            .. Chunk("iTXt", Ascii("XML:com.adobe.xmp\0\0\0\0\0" + Secret)),
            .. Chunk("tIME", 7, 0xEA, 11, 22, 0, 0, 0),
            .. heavy == 0 ? [] : Chunk("teXt", new byte[heavy]),
        ];
        if (width is 0 or > 4000 || height is 0 or > 4000)
        {
            using var data = new MemoryStream();
            using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
                zlib.Write(new byte[64 * 65]);
            return
            [
                .. start,
                .. Chunk("IHDR", [.. Big32(width), .. Big32(height), 8, 0, 0, 0, 0]),
                .. also,
                .. Chunk("IDAT", data.ToArray()),
                .. Chunk("IEND"),
                .. Ascii(after),
            ];
        }
        var made = Encoded((int)width, (int)height, SKEncodedImageFormat.Png, transparent, noise);
        return [.. made[..33], .. also, .. made[33..], .. Ascii(after)];
    }

    /// <summary>
    /// As many frames as there are colours; each fills the picture with its own. Codes of three bits, and the table emptied before it
    /// grows.
    /// </summary>
    public static byte[] Gif(int width = 8, int height = 8, string after = "", params byte[] frames)
    {
        var said = width > 4000 || height > 4000 || width == 0 || height == 0;
        var (w, h) = said ? (8, 8) : (width, height);
        return
        [
            .. Ascii("GIF89a"),
            .. Little16(width),
            .. Little16(height),
            0x81,
            0,
            0,
            255,
            0,
            0,
            0,
            255,
            0,
            0,
            0,
            255,
            255,
            255,
            255,
            0x21,
            0xFF,
            11,
            .. Ascii("NETSCAPE2.0"),
            3,
            1,
            0,
            0,
            0,
            0x21,
            0xFE,
            (byte)Secret.Length,
            .. Ascii(Secret),
            0,
            0x21,
            0xFF,
            11,
            .. Ascii("XMP DataXMP"),
            (byte)Secret.Length,
            .. Ascii(Secret),
            0,
            .. (frames.Length == 0 ? [0] : frames).SelectMany(colour =>
                (byte[])
                    [
                        0x21,
                        0xF9,
                        4,
                        0,
                        10,
                        0,
                        0,
                        0,
                        0x2C,
                        0,
                        0,
                        0,
                        0,
                        .. Little16(w),
                        .. Little16(h),
                        0,
                        2,
                        .. Blocks(Codes(w * h, colour)),
                        0,
                    ]
            ),
            0x3B,
            .. Ascii(after),
        ];

        static byte[] Codes(int pixels, byte colour)
        {
            const int clear = 4, end = 5;
            var codes = Enumerable.Range(0, pixels).SelectMany(i => i % 2 == 0 ? new[] { clear, colour } : [colour]).Append(end).ToList();
            var bytes = new byte[(codes.Count * 3 + 7) / 8];
            for (var bit = 0; bit < codes.Count * 3; bit++)
                if ((codes[bit / 3] >> (bit % 3) & 1) == 1) bytes[bit / 8] |= (byte)(1 << (bit % 8));
            return bytes;
        }

        static IEnumerable<byte> Blocks(byte[] bytes) => bytes.Chunk(255).SelectMany(block => (byte[])[(byte)block.Length, .. block]);
    }

    static byte[] Riff(string name, params byte[] data) =>
        [.. Ascii(name), .. Little32(data.Length), .. data, .. data.Length % 2 == 1 ? new byte[1] : []];

    public static byte[] WebP(int width = 8, int height = 8, int orientation = 1, string after = "", bool transparent = false)
    {
        var isBomb = width > 4000 || height > 4000;
        var made = Encoded(isBomb ? 8 : width, isBomb ? 8 : height, SKEncodedImageFormat.Webp, transparent, false);
        // The picture's own chunk, wherever the encoder put it.
        var at = made.AsSpan().IndexOf("VP8L"u8);
        var length = BinaryPrimitives.ReadInt32LittleEndian(made.AsSpan(at + 4));
        byte[] body =
        [
            .. Ascii("WEBP"),
            .. Riff("VP8X", [(byte)(0x0C | (transparent ? 0x10 : 0)), 0, 0, 0, .. Little24(width - 1), .. Little24(height - 1)]),
            .. Riff("VP8L", made[(at + 8)..(at + 8 + length)]),
            .. Riff("EXIF", ExifBlock(orientation)),
            .. Riff("XMP ", Ascii("<x>" + Secret + "</x>")),
            .. Riff("EVIL", Ascii(Secret)),
        ];
        return [.. Ascii("RIFF"), .. Little32(body.Length), .. body, .. Ascii(after)];
    }
}
