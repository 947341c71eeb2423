using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Tests.Files;

/// <summary>What is taken as a picture, and what stays of it.</summary>
public sealed class PictureTests
{
    const string Trailing = "*/alert(1)/*PK\u0003\u0004<html><script>alert(1)</script></html>";

    static byte[] Make(string kind, string after = "", int orientation = 1) => kind switch
    {
        "jpg" => PictureBytes.Jpeg(after: after, orientation: orientation), "png" => PictureBytes.Png(after: after, orientation: orientation),
        "gif" => PictureBytes.Gif(after: after), _ => PictureBytes.WebP(after: after, orientation: orientation),
    };

    static string Text(Picture picture) => Encoding.Latin1.GetString(picture.Bytes.Span);

    [Theory, InlineData("jpg", "image/jpeg"), InlineData("png", "image/png"), InlineData("gif", "image/gif"), InlineData("webp", "image/webp")]
    public void Place_comments_and_whatever_follows_the_end_are_cut_away(string kind, string mediaType)
    {
        var source = Make(kind, Trailing);
        Assert.Contains(PictureBytes.Secret, Encoding.Latin1.GetString(source));
        var picture = Picture.Read(source);
        Assert.Equal((mediaType, kind, 8, 8), (picture.MediaType, picture.Extension, picture.Width, picture.Height));
        foreach (var trace in new[] { PictureBytes.Secret, "script", "Exif", "adobe", "Photoshop", "PK\u0003\u0004", "XMP", "EVIL", "tEXt", "tIME", "alert" }) Assert.DoesNotContain(trace, Text(picture));
        // What was cut once stays as it is: the same picture has one hash.
        Assert.Equal(picture.Bytes.ToArray(), Picture.Read(picture.Bytes.ToArray()).Bytes.ToArray());
    }

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("webp")]
    public void Which_way_up_a_picture_is_stays_and_nothing_else_of_its_EXIF_data(string kind)
    {
        var picture = Picture.Read(Make(kind, orientation: 6));
        Assert.DoesNotContain(PictureBytes.Secret, Text(picture));
        Assert.Contains("MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0\u0006", Text(picture));
        Assert.Equal(picture.Bytes.ToArray(), Picture.Read(picture.Bytes.ToArray()).Bytes.ToArray());
    }

    [Fact]
    public void The_loop_of_an_animation_stays()
    {
        Assert.Contains("NETSCAPE2.0", Text(Picture.Read(PictureBytes.Gif())));
    }

    public static TheoryData<string, string> NoPictures => new()
    {
        { "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>", "files.refused.kind" }, { "<?xml version=\"1.0\"?><svg/>", "files.refused.kind" }, { "<html>", "files.refused.kind" }, { "%PDF-1.7", "files.refused.kind" },
        { "PK\u0003\u0004", "files.refused.kind" }, { "MZ", "files.refused.kind" }, { "BM", "files.refused.kind" }, { "GIF88a", "files.refused.kind" }, { "", "files.refused.empty" },
        { "GIF89a=1;alert(1)", "files.refused.pixels" }, { "GIF89a/*", "files.refused.broken" }, { "\u00ff\u00d8\u00ff", "files.refused.broken" }, { "\u00ff\u00d8\u00ff\u00d9", "files.refused.broken" }, { "\u0089PNG\r\n\u001a\n", "files.refused.broken" },
        { "RIFF\u0004\0\0\0WEBP", "files.refused.broken" }, { "RIFF\u00ff\u00ff\u00ff\u00ffWEBP", "files.refused.broken" },
    };

    [Theory, MemberData(nameof(NoPictures))]
    public void What_is_no_picture_is_refused(string content, string reason)
    {
        Assert.Equal(reason, Assert.Throws<FileRefused>(() => Picture.Read(Encoding.Latin1.GetBytes(content))).Text);
    }

    [Fact]
    public void Picture_bombs_are_refused_by_their_headers()
    {
        foreach (var bomb in new[] { PictureBytes.Png(30_000, 30_000), PictureBytes.Png(40_000_001, 1), PictureBytes.Png(0xFFFFFFFF, 0xFFFFFFFF), PictureBytes.Jpeg(65_000, 65_000), PictureBytes.Gif(65_000, 65_000), PictureBytes.WebP(16_000, 16_000) })
            Assert.Equal("files.refused.pixels", Assert.Throws<FileRefused>(() => Picture.Read(bomb)).Text);
        foreach (var none in new[] { PictureBytes.Png(0, 8), PictureBytes.Jpeg(0, 8), PictureBytes.Gif(8, 0) })
            Assert.Equal("files.refused.broken", Assert.Throws<FileRefused>(() => Picture.Read(none)).Text);
    }

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("gif"), InlineData("webp")]
    public void A_picture_that_is_cut_short_anywhere_is_refused_and_breaks_nothing(string kind)
    {
        var whole = Make(kind);
        for (var length = 0; length < whole.Length - (kind == "webp" ? 0 : 1); length++)
            Assert.Throws<FileRefused>(() => Picture.Read(whole[..length]));
    }

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("gif"), InlineData("webp")]
    public void Bytes_changed_at_will_give_a_picture_or_a_refusal(string kind)
    {
        var whole = Make(kind, Trailing);
        var changes = Gen.ArrayOf(Gen.Choose(0, whole.Length - 1).Zip(Gen.Choose(0, 255))).ToArbitrary();
        Prop.ForAll(changes, set =>
        {
            var bytes = (byte[])whole.Clone();
            foreach (var (at, value) in set) bytes[at] = (byte)value;
            try
            {
                var once = Picture.Read(bytes);
                return once.Bytes.Length <= bytes.Length && (long)once.Width * once.Height <= Picture.MostPixels && Picture.Read(once.Bytes.ToArray()).Bytes.Span.SequenceEqual(once.Bytes.Span);
            }
            catch (FileRefused) { return true; }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }
}
