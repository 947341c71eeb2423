using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Community.Tests.Files;

/// <summary>Pictures made byte by byte, with things in them that must not stay.</summary>
static class PictureBytes
{
    public const string Secret = "35.0116N 135.7681E";

    static byte[] Big16(int n) => [(byte)(n >> 8), (byte)n];
    static byte[] Big32(long n) => [(byte)(n >> 24), (byte)(n >> 16), (byte)(n >> 8), (byte)n];
    static byte[] Little16(int n) => [(byte)n, (byte)(n >> 8)];
    static byte[] Little24(int n) => [(byte)n, (byte)(n >> 8), (byte)(n >> 16)];
    static byte[] Little32(long n) => [(byte)n, (byte)(n >> 8), (byte)(n >> 16), (byte)(n >> 24)];
    static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);

    static byte[] Segment(int marker, params byte[] data) => [0xFF, (byte)marker, .. Big16(data.Length + 2), .. data];

    /// <summary>EXIF data as a telephone writes it: an orientation, and a place.</summary>
    public static byte[] ExifBlock(int orientation) =>
    [
        (byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 2, 0,
        0x0E, 0x01, 2, 0, .. Little32(Secret.Length), 38, 0, 0, 0,
        0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0, .. Ascii(Secret),
    ];

    public static byte[] Jpeg(int width = 8, int height = 8, int orientation = 1, string after = "") =>
    [
        0xFF, 0xD8, .. Segment(0xE0, [.. Ascii("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
        .. Segment(0xE1, [.. Ascii("Exif\0\0"), .. ExifBlock(orientation)]), .. Segment(0xE1, Ascii("http://ns.adobe.com/xap/1.0/\0<x>" + Secret + "</x>")),
        .. Segment(0xED, Ascii("Photoshop 3.0\0" + Secret)), .. Segment(0xFE, Ascii("<script>alert(1)</script>" + Secret)),
        .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]), .. Segment(0xC0, [8, .. Big16(height), .. Big16(width), 1, 1, 0x11, 0]),
        .. Segment(0xC4, [0, 1, .. new byte[15], 0]), .. Segment(0xC4, [0x10, 1, .. new byte[15], 0]),
        .. Segment(0xDA, [1, 1, 0, 0, 63, 0]), 0x3F, 0xFF, 0x00, 0x12, 0xFF, 0xD0, 0x34, 0xFF, 0xD9, .. Ascii(after),
    ];

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

    public static byte[] Png(long width = 8, long height = 8, int orientation = 1, string after = "", int noise = 0)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(new byte[(int)Math.Min(height, 64) * (1 + (int)Math.Min(width, 64))]);
        var rubbish = new byte[noise];
        new Random(1).NextBytes(rubbish);
        return
        [
            0x89, .. Ascii("PNG\r\n\u001a\n"), .. Chunk("IHDR", [.. Big32(width), .. Big32(height), 8, 0, 0, 0, 0]), .. Chunk("eXIf", ExifBlock(orientation)),
            .. Chunk("tEXt", Ascii("Comment\0" + Secret)), .. Chunk("iTXt", Ascii("XML:com.adobe.xmp\0\0\0\0\0" + Secret)), .. Chunk("tIME", 7, 0xEA, 11, 22, 0, 0, 0),
            .. noise == 0 ? [] : Chunk("IDAT", rubbish), .. Chunk("IDAT", data.ToArray()), .. Chunk("IEND"), .. Ascii(after),
        ];
    }

    public static byte[] Gif(int width = 8, int height = 8, string after = "") =>
    [
        .. Ascii("GIF89a"), .. Little16(width), .. Little16(height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
        0x21, 0xFF, 11, .. Ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0,
        0x21, 0xFE, (byte)Secret.Length, .. Ascii(Secret), 0, 0x21, 0xFF, 11, .. Ascii("XMP DataXMP"), (byte)Secret.Length, .. Ascii(Secret), 0,
        0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, .. Little16(Math.Min(width, 8)), .. Little16(Math.Min(height, 8)), 0, 2, 2, 0x84, 0x51, 0, 0x3B, .. Ascii(after),
    ];

    static byte[] Riff(string name, params byte[] data) => [.. Ascii(name), .. Little32(data.Length), .. data, .. data.Length % 2 == 1 ? new byte[1] : []];

    public static byte[] WebP(int width = 8, int height = 8, int orientation = 1, string after = "")
    {
        byte[] body =
        [
            .. Ascii("WEBP"), .. Riff("VP8X", [0x0C, 0, 0, 0, .. Little24(width - 1), .. Little24(height - 1)]), .. Riff("VP8L", [0x2F, .. Little32(((width - 1) & 0x3FFF) | (((height - 1) & 0x3FFF) << 14)), 0x88, 0x88, 0x08]),
            .. Riff("EXIF", ExifBlock(orientation)), .. Riff("XMP ", Ascii("<x>" + Secret + "</x>")), .. Riff("EVIL", Ascii(Secret)),
        ];
        return [.. Ascii("RIFF"), .. Little32(body.Length), .. body, .. Ascii(after)];
    }
}
