using Community.Mail.Mime;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Mail.Tests.Mime;

public sealed class FileNameTests
{
    private static readonly Gen<string> Names = Gen.Elements(
            "a",
            " ",
            "\"",
            "\\",
            "%",
            "'",
            "*",
            ";",
            "=",
            "請求書",
            "😀👨‍👩‍👧‍👦",
            ".pdf",
            "x".PadRight(60, 'x'),
            "/"
        )
        .NonEmptyListOf()
        .Select(string.Concat);

    [Fact]
    public void Any_file_name_comes_back_as_it_was_in_lines_of_76() =>
        Prop.ForAll(Names.ToArbitrary(), name =>
        {
            var wire = With(name);
            Assert.All(wire.Wire().Split("\r\n"), l => Assert.InRange(l.Length, 0, 76));
            Assert.Equal(name, ((MimePart)wire.Again().Attachments.Single()).FileName);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Beside_the_long_form_stands_a_plain_one_for_old_readers()
    {
        var wire = With("請求書.pdf").Wire();
        Assert.Contains("Content-Disposition: attachment;\r\n filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf\r\n", wire);
        Assert.Contains("Content-Type: application/octet-stream; name=___.pdf\r\n", wire);
    }

    [Theory]
    [InlineData("filename*0*=utf-8''%E8%AB%8B; filename*1*=%E6%B1%82; filename*2=\".pdf\"", "請求.pdf")]
    [InlineData("filename*1=b; filename*0=a", "ab")]
    [InlineData("filename*=iso-2022-jp'ja'%1B$B$%22%1B(B.txt", "あ.txt")]
    [InlineData("filename=\"=?iso-2022-jp?B?GyRCJCIbKEI=?=.txt\"", "あ.txt")]
    [InlineData("filename==?utf-8?Q?a=20b?=", "a b")]
    [InlineData("filename=\"a;b.txt\"", "a;b.txt")]
    [InlineData("filename=\"C:\\temp\\a.txt\"", "C:\\temp\\a.txt")]
    [InlineData("filename=bare name.txt", "bare name.txt")]
    [InlineData("filename*=utf-8''a%0D%0Ab", "a  b")]
    public void File_names_of_others_are_read(string parameters, string name)
    {
        var message = Messages.Read(
            $"Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n\t{parameters}\r\n\r\nx"
        );
        Assert.Equal(name, Assert.IsType<MimePart>(Assert.Single(message.Attachments)).FileName);
    }

    private static MimeMessage With(string name)
    {
        var builder = new BodyBuilder { TextBody = "x" };
        builder.Attachments.Add(name, "x"u8.ToArray());
        var message = Messages.Letter();
        message.Body = builder.ToMessageBody();
        return message;
    }
}
