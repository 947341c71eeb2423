using System.Text;
using Microsoft.AspNetCore.Components;

namespace Community.Tests.Kernel;

/// <summary>Fragments of markup: bytes in a page's buffer while a page is rendered, strings elsewhere.</summary>
public sealed class HtmlTests
{
    static string In(HtmlBuffer page, MarkupString fragment) =>
        page.Find(fragment.Value) is { } at ? Encoding.UTF8.GetString(page.Between(at.Start, at.End)) : fragment.Value;

    static MarkupString Name(string name) => Html.Of($"<b>{name}</b>");

    static MarkupString Row(string name)
    {
        var before = Name(name);
        var unused = Html.Part($"<i>{name}</i>");
        var part = Html.Part($"<u>{Name("nested & " + name)}</u>");
        var css = name.Length > 0 ? "x" : "";
        return Html.Of($"<li class=\"{css}\">{Twice(name)}{before}{12}{part}{default(MarkupString)}{(string?)null}</li>");

        // Writes a fragment that is not the last one, while the row is being written.
        static MarkupString Twice(string name)
        {
            var (first, second) = (Name(name), Name(name));
            return Html.Of($"{second}{first}");
        }
    }

    const string Expected =
        "<li class=\"x\"><b>茶 &lt;&quot;&amp;</b><b>茶 &lt;&quot;&amp;</b><b>茶 &lt;&quot;&amp;</b>12"
        + "<u><b>nested &amp; 茶 &lt;&quot;&amp;</b></u></li>";

    [Fact]
    public void Fragments_are_the_same_inside_and_outside_a_page_however_they_are_put_together()
    {
        Assert.Equal(Expected, Row("茶 <\"&").Value);
        using var page = HtmlBuffer.Begin();
        var rows = Enumerable.Range(0, 300).Select(_ => Row("茶 <\"&")).ToList();
        Assert.All(rows, row => Assert.Equal(Expected, In(page, row)));
        var all = Html.Of($"{rows[7]}{rows[299]}{rows[7]}");
        Assert.Equal(Expected + Expected + Expected, In(page, all));
        Assert.NotEqual(Expected, rows[0].Value);
    }

    [Fact]
    public void A_page_of_very_many_or_very_long_fragments_contains_them_all()
    {
        using var page = HtmlBuffer.Begin();
        var rows = Enumerable.Range(0, 9000).Select(i => Html.Of($"<li>{i}</li>")).ToList();
        for (var i = 0; i < rows.Count; i++) Assert.Equal($"<li>{i}</li>", In(page, rows[i]));
        var text = string.Concat(Enumerable.Repeat("長い & ", 20_000));
        Assert.Equal(text.Replace("&", "&amp;"), In(page, Html.Of($"{text}")));
    }

    [Fact]
    public void A_text_like_the_name_of_a_fragment_is_text()
    {
        using var page = HtmlBuffer.Begin();
        var name = Html.Of($"<b>secret</b>").Value;
        Assert.NotNull(page.Find(name));
        Assert.Null(page.Find(new string(name.AsSpan())));
        Assert.DoesNotContain("secret", In(page, Html.Of($"{new MarkupString(new string(name.AsSpan()))}")));
    }

    [Fact]
    public void A_page_that_has_ended_knows_no_fragments()
    {
        string name;
        using (HtmlBuffer.Begin()) name = Html.Of($"<b>{1}</b>").Value;
        Assert.Null(HtmlBuffer.Current);
        using var other = HtmlBuffer.Begin();
        Assert.Null(other.Find(name));
        Assert.Equal("<b>2</b>", In(other, Html.Of($"<b>{2}</b>")));
    }

    [Fact]
    public void A_time_is_written_in_its_format_and_encoded()
    {
        var time = new DateTime(2026, 11, 26, 8, 5, 0, DateTimeKind.Utc);
        Assert.Equal("<time>08:05 &lt;</time>", Html.Of($"<time>{new FormattedTime(time, "HH':'mm '<'")}</time>").Value);
    }
}
