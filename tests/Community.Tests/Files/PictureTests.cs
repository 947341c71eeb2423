using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SkiaSharp;

namespace Community.Tests.Files;

/// <summary>What is taken as a picture, and what is made of it.</summary>
public sealed class PictureTests
{
    const string Trailing = "*/alert(1)/*PK\u0003\u0004<html><script>alert(1)</script></html>";

    static byte[] Make(string kind, string after = "", int orientation = 1, int width = 8, int height = 8) =>
        kind switch
        {
            "jpg" => PictureBytes.Jpeg(width, height, after: after, orientation: orientation),
            "png" => PictureBytes.Png(width, height, after: after, orientation: orientation),
            "gif" => PictureBytes.Gif(width, height, after),
            _ => PictureBytes.WebP(width, height, after: after, orientation: orientation),
        };

    static string Text(Picture picture) => Encoding.Latin1.GetString(picture.Bytes.Span);
    static SKBitmap Look(Picture picture) => SKBitmap.Decode(picture.Bytes.ToArray());

    static bool IsNear(SKColor one, SKColor other) =>
        Math.Abs(one.Red - other.Red) + Math.Abs(one.Green - other.Green) + Math.Abs(one.Blue - other.Blue) < 90
        && one.Alpha == other.Alpha;

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("gif"), InlineData("webp")]
    public void Nothing_of_the_file_that_was_sent_stays_but_what_it_shows(string kind)
    {
        var source = Make(kind, Trailing, width: 20, height: 12);
        Assert.Contains(PictureBytes.Secret, Encoding.Latin1.GetString(source));
        foreach (var purpose in Enum.GetValues<FilePurpose>())
        {
            var picture = Picture.Make(source, purpose);
            Assert.Equal((20, 12), (picture.Width, picture.Height));
            // What stands in mail is not WebP, which not every mail program shows.
            Assert.Equal(
                purpose is not (FilePurpose.Logo or FilePurpose.Mail or FilePurpose.MailAttachment) ? ("image/webp", "webp")
                    : kind == "jpg" ? ("image/jpeg", "jpg")
                    : ("image/png", "png"),
                (picture.MediaType, picture.Extension)
            );
            foreach (
                var trace in new[]
                {
                    PictureBytes.Secret,
                    "script",
                    "Exif",
                    "adobe",
                    "Photoshop",
                    "PK\u0003\u0004",
                    "XMP",
                    "EVIL",
                    "tEXt",
                    "tIME",
                    "alert",
                    "ICC",
                }
            )
                Assert.DoesNotContain(trace, Text(picture));
            using var seen = Look(picture);
            Assert.Equal((20, 12), (seen.Width, seen.Height));
            Assert.True(IsNear(seen.GetPixel(2, 2), SKColors.Red), $"{kind} {purpose} {seen.GetPixel(2, 2)}");
            // The same picture has one hash.
            Assert.True(picture.Bytes.Span.SequenceEqual(Picture.Make(source, purpose).Bytes.Span));
        }
    }

    /// <summary>Which corner of the stored picture (by rows) is seen in each corner, by the orientation that EXIF says.</summary>
    static readonly int[][] seenAt =
    [
        [0, 1, 2, 3],
        [1, 0, 3, 2],
        [3, 2, 1, 0],
        [2, 3, 0, 1],
        [0, 2, 1, 3],
        [2, 0, 3, 1],
        [3, 1, 2, 0],
        [1, 3, 0, 2],
    ];

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("webp")]
    public void A_picture_is_turned_upright_from_each_of_the_eight_ways_to_lie(string kind)
    {
        for (var orientation = 1; orientation <= 8; orientation++)
            foreach (
                var (width, height, purpose) in new[]
                {
                    (48, 32, FilePurpose.Avatar),
                    (48, 32, FilePurpose.Logo),
                    (1600, 800, FilePurpose.Avatar),
                }
            )
            {
                using var seen = Look(Picture.Make(Make(kind, orientation: orientation, width: width, height: height), purpose));
                Assert.Equal(orientation >= 5, seen.Height > seen.Width);
                foreach (var corner in Enumerable.Range(0, 4))
                {
                    var colour = seen.GetPixel(
                        corner % 2 == 0 ? seen.Width / 6 : seen.Width * 5 / 6,
                        corner < 2 ? seen.Height / 6 : seen.Height * 5 / 6
                    );
                    Assert.True(
                        IsNear(colour, PictureBytes.Corners[seenAt[orientation - 1][corner]]),
                        $"{kind} {orientation} {purpose} {width}: corner {corner} is {colour}"
                    );
                }
            }
    }

    [Theory]
    [
        InlineData(FilePurpose.Avatar, 3000, 1500, 512, 256),
        InlineData(FilePurpose.Avatar, 700, 3500, 102, 512),
        InlineData(FilePurpose.Avatar, 512, 512, 512, 512),
        InlineData(FilePurpose.Avatar, 513, 2, 512, 2),
        InlineData(FilePurpose.Avatar, 3000, 1, 512, 1)
    ]
    [
        InlineData(FilePurpose.Logo, 2000, 200, 1024, 102),
        InlineData(FilePurpose.Logo, 600, 1200, 128, 256),
        InlineData(FilePurpose.Logo, 40, 10, 40, 10),
        InlineData(FilePurpose.Post, 3000, 2000, 1600, 1067),
        InlineData(FilePurpose.Board, 3000, 2000, 900, 600)
    ]
    public void A_picture_is_made_as_small_as_it_is_shown_and_never_larger(
        FilePurpose purpose,
        int width,
        int height,
        int toWidth,
        int toHeight
    )
    {
        foreach (var kind in new[] { "jpg", "png" })
        {
            var picture = Picture.Make(Make(kind, width: width, height: height), purpose);
            Assert.Equal((toWidth, toHeight), (picture.Width, picture.Height));
            using var seen = Look(picture);
            Assert.Equal((toWidth, toHeight), (seen.Width, seen.Height));
        }
    }

    [Fact]
    public void What_is_transparent_stays_transparent()
    {
        foreach (
            var source in new[]
            {
                PictureBytes.Png(40, 40, transparent: true),
                PictureBytes.WebP(40, 40, transparent: true),
                PictureBytes.Png(1500, 1500, transparent: true),
            }
        )
            foreach (var purpose in Enum.GetValues<FilePurpose>())
            {
                var picture = Picture.Make(source, purpose);
                Assert.Equal(
                    purpose is FilePurpose.Logo or FilePurpose.Mail or FilePurpose.MailAttachment ? "png" : "webp", picture.Extension);
                using var seen = Look(picture);
                Assert.Equal((0, 255), (seen.GetPixel(seen.Width / 2, seen.Height / 2).Alpha, seen.GetPixel(1, 1).Alpha));
            }
    }

    [Fact]
    public void A_photograph_as_a_logo_is_no_heavy_PNG()
    {
        var photograph = Picture.Make(PictureBytes.Png(900, 500, noise: true), FilePurpose.Logo);
        Assert.Equal("jpg", photograph.Extension);
    }

    [Fact]
    public void Of_an_animation_the_first_frame_is_taken()
    {
        foreach (byte first in new byte[] { 0, 1, 2 })
        {
            using var seen = Look(Picture.Make(PictureBytes.Gif(16, 16, "", first, 3, 3, 3), FilePurpose.Avatar));
            Assert.True(IsNear(seen.GetPixel(8, 8), PictureBytes.Corners[first]), $"{first}: {seen.GetPixel(8, 8)}");
        }
    }

    public static TheoryData<string, string> NoPictures =>
        new()
        {
            { "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>", "files.refused.kind" },
            { "<?xml version=\"1.0\"?><svg/>", "files.refused.kind" },
            { "<html>", "files.refused.kind" },
            { "%PDF-1.7", "files.refused.kind" },
            { "PK\u0003\u0004", "files.refused.kind" },
            { "MZ", "files.refused.kind" },
            { "BM", "files.refused.kind" },
            { "GIF88a", "files.refused.kind" },
            { "", "files.refused.empty" },
            { "\0\0\u0001\0\u0001\0", "files.refused.kind" },
            { "\0\0\0 ftypavif", "files.refused.heic" },
            { "\0\0\0 ftypheic", "files.refused.heic" },
            { "GIF89a/*", "files.refused.broken" },
            { "\u00ff\u00d8\u00ff", "files.refused.broken" },
            { "\u00ff\u00d8\u00ff\u00d9", "files.refused.broken" },
            { "\u0089PNG\r\n\u001a\n", "files.refused.broken" },
            { "RIFF\u0004\0\0\0WEBP", "files.refused.broken" },
            { "RIFF\u00ff\u00ff\u00ff\u00ffWEBP", "files.refused.broken" },
        };

    [Theory, MemberData(nameof(NoPictures))]
    public void What_is_no_picture_is_refused(string content, string reason)
    {
        Assert.Equal(reason, Assert.Throws<FileRefused>(() => Picture.Make(Encoding.Latin1.GetBytes(content), FilePurpose.Avatar)).Text);
    }

    [Fact]
    public void Picture_bombs_are_refused_by_their_headers()
    {
        // Of this thread: what other tests allocate meanwhile is theirs.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var cost = Cpu.Of(RefuseBombs);
        Assert.True(cost < TimeSpan.FromSeconds(5), $"{cost}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000_000);
    }

    static void RefuseBombs()
    {
        foreach (
            var bomb in new[]
            {
                PictureBytes.Png(30_000, 30_000),
                PictureBytes.Png(6_400, 6_400),
                PictureBytes.Jpeg(65_000, 65_000),
                PictureBytes.Jpeg(8_100, 8_100),
                PictureBytes.Gif(65_000, 65_000),
            }
        )
            Assert.Equal("files.refused.pixels", Assert.Throws<FileRefused>(() => Picture.Make(bomb, FilePurpose.Avatar)).Text);
        // Larger than their own kind may say, or nothing at all.
        foreach (
            var none in new[]
            {
                PictureBytes.Png(40_000_001, 1),
                PictureBytes.Png(0xFFFFFFFF, 0xFFFFFFFF),
                PictureBytes.Png(0, 8),
                PictureBytes.Jpeg(0, 8),
            }
        )
            Assert.Throws<FileRefused>(() => Picture.Make(none, FilePurpose.Avatar));
        // What the frame around it says of a picture of 64 pixels makes it no larger.
        foreach (var boast in new[] { PictureBytes.WebP(16_000, 16_000), PictureBytes.Gif(8, 0) })
            try { Assert.Equal((8, 8), Picture.Make(boast, FilePurpose.Avatar) is var made ? (made.Width, made.Height) : default); }
            catch (FileRefused) { /* As well. */ }
    }

    /// <summary>A small file of many scans, each over all pixels, keeps a decoder busy for minutes.</summary>
    [Fact]
    public void A_picture_of_very_many_scans_is_refused() =>
        Assert.Equal(
            "files.refused.broken",
            Assert.Throws<FileRefused>(() => Picture.Make(PictureBytes.Jpeg(scans: 500), FilePurpose.Avatar)).Text
        );

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("gif"), InlineData("webp")]
    public void Pixels_that_are_broken_or_end_too_early_are_refused(string kind)
    {
        var whole = kind switch
        {
            "jpg" => PictureBytes.Jpeg(64, 64, noise: true),
            "png" => PictureBytes.Png(64, 64, noise: true),
            "gif" => PictureBytes.Gif(64, 64),
            _ => PictureBytes.WebP(64, 64),
        };
        Assert.NotNull(Picture.Make(whole, FilePurpose.Avatar));
        // Behind its pixels stands only what is left out, or that this is the end.
        var end = kind == "webp" ? whole.AsSpan().IndexOf("EXIF"u8) - 4 : whole.Length - 40;
        for (var cut = 0; cut <= 40; cut++)
            Assert.Throws<FileRefused>(() => Picture.Make(whole[..(end * cut / 40)], FilePurpose.Avatar));
    }

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("gif"), InlineData("webp")]
    public void Bytes_changed_at_will_give_a_picture_or_a_refusal(string kind)
    {
        var whole = Make(kind, Trailing, width: 24, height: 16);
        var changes = Gen.ArrayOf(Gen.Choose(0, whole.Length - 1).Zip(Gen.Choose(0, 255))).ToArbitrary();
        Prop.ForAll(changes, set =>
        {
            var bytes = (byte[])whole.Clone();
            foreach (var (at, value) in set) bytes[at] = (byte)value;
            try
            {
                var made = Picture.Make(bytes, FilePurpose.Avatar);
                return made is { Width: > 0 and <= 512, Height: > 0 and <= 512 } && !Text(made).Contains(PictureBytes.Secret);
            }
            catch (FileRefused) { return true; }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void What_an_archive_brings_is_kept_octet_by_octet_if_it_has_nothing_but_pixels_as_we_write_them()
    {
        var made = Picture.Make(PictureBytes.Png(40, 30), FilePurpose.Post).Bytes.ToArray();
        Assert.Equal(made, Picture.Make(made, FilePurpose.Post, asMade: true).Bytes.ToArray());
        byte[] place = [.. made, .. "EXIF"u8, 4, 0, 0, 0, 1, 2, 3, 4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(place.AsSpan(4), place.Length - 8);
        byte[] behind = [.. made, .. "<script>"u8];
        foreach (var other in new[] { place, behind, PictureBytes.Png(40, 30) })
        {
            var anew = Picture.Make(other, FilePurpose.Post, asMade: true).Bytes.ToArray();
            Assert.NotEqual(other, anew);
            Assert.True(anew.AsSpan().IndexOf("EXIF"u8) < 0 && anew.AsSpan().IndexOf("<script>"u8) < 0);
        }
        // A member's upload is made anew whatever it is.
        var again = Picture.Make(behind, FilePurpose.Post).Bytes.ToArray();
        Assert.True(again.AsSpan().IndexOf("<script>"u8) < 0);
    }
}
