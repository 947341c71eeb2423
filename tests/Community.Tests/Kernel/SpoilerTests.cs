namespace Community.Tests.Kernel;

/// <summary>Hidden words, names of emoji, and the languages of code.</summary>
public sealed class SpoilerTests
{
    [Theory]
    [InlineData("||secret||", "<p><span class=\"spoiler\" tabindex=\"0\">secret</span></p>\n")]
    [InlineData("犯人は||執事||です", "<p>犯人は<span class=\"spoiler\" tabindex=\"0\">執事</span>です</p>\n")]
    [InlineData("||**a** ||", "<p>||<strong>a</strong> ||</p>\n")]
    [InlineData("a || b || c", "<p>a || b || c</p>\n")]
    [InlineData("a||b||c", "<p>a||b||c</p>\n")]
    [InlineData("`||a||`", "<p><code>||a||</code></p>\n")]
    [InlineData("||||", "<p>||||</p>\n")]
    [InlineData("||", "<p>||</p>\n")]
    [InlineData(":tada: :nothing: 10:30:45 ::", "<p>🎉 :nothing: 10:30:45 ::</p>\n")]
    [InlineData("`:tada:`", "<p><code>:tada:</code></p>\n")]
    [InlineData("std::vector:heart:", "<p>std::vector❤️</p>\n")]
    public void On_a_page(string text, string html) => Assert.Equal(html, Markup.ToHtml(text));

    [Fact]
    public void A_mail_shows_the_bars_and_a_list_shows_nothing()
    {
        Assert.Contains("||the butler||", Markup.ToMail("It was ||the butler||", "#000", "https://a.example/"));
        Assert.Equal("It was ||the butler||", Markup.ToText("It was ||the butler||"));
        Assert.Equal("It was …, yes", Markup.ToLine("It was ||the *butler*||, yes", 50));
        Assert.Equal("…", Markup.ToLine("||[a](https://a.example)||", 50));
    }

    [Fact]
    public void A_class_of_code_comes_from_the_list()
    {
        Assert.Contains("<code class=\"language-csharp\">", Markup.ToHtml("```C#\nx\n```"));
        Assert.Contains("<code>", Markup.ToHtml("```evil\" onclick=\"x\nx\n```"));
    }

    [Fact]
    public void Many_bars_and_colons_cost_little()
    {
        foreach (var piece in new[] { "||", "|| ", " ||a", "||a|| ", ":", ":a", "|", "||*", "[||" })
        {
            var text = string.Concat(Enumerable.Repeat(piece, 60_000 / piece.Length));
            var cost = Cpu.Of(() => Markup.ToHtml(text));
            Assert.True(cost < TimeSpan.FromSeconds(2), $"{piece}: {cost}");
        }
    }
}
