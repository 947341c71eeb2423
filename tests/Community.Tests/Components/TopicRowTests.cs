using Bunit;
using Community.Boards;
using Community.Members;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Components;

public sealed class TopicRowTests : Rendering
{
    public TopicRowTests() =>
        Services.AddScoped(s => new CurrentMember(s.GetRequiredService<Microsoft.AspNetCore.Http.IHttpContextAccessor>()));

    static TopicLine Line(string title = "A topic", string? author = "Anna", int replies = 1, bool locked = false) =>
        new(
            5,
            title,
            1,
            "general",
            "General",
            new(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc),
            null,
            locked,
            false,
            replies,
            new(2026, 11, 2, 0, 0, 0, DateTimeKind.Utc),
            author,
            author is null ? null : "h1",
            null,
            author,
            author is null ? null : "h1",
            replies + 1
        );

    IRenderedComponent<TopicList> Row(TopicLine line) =>
        Show<TopicList>(p => p.Add(l => l.Topics, [line]).Add(l => l.Unseen, new Dictionary<long, Unseen>()));

    [Fact]
    public void A_title_is_shown_as_it_was_typed()
    {
        var row = Row(Line("<img src=x onerror=alert(1)> & 木"));
        Assert.Equal("<img src=x onerror=alert(1)> & 木", row.Find(".topic-title a").TextContent);
        Assert.Empty(row.FindAll("img"));
    }

    [Theory]
    [InlineData("en", 1, "1 reply"), InlineData("en", 1234, "1,234 replies"), InlineData("ja", 2, null)]
    public void Replies_are_counted_in_words(string language, int replies, string? text)
    {
        In(language);
        var counts = Row(Line(replies: replies)).Find(".topic-counts").TextContent.Trim();
        if (text is not null) Assert.Equal(text, counts);
        else Assert.DoesNotContain(counts, char.IsAsciiLetter);
    }

    [Fact]
    public void A_visitor_sees_names_and_a_member_profiles()
    {
        Assert.Empty(Row(Line()).FindAll("a.member"));
        SignedIn(Roles.Member);
        Assert.All(Row(Line()).FindAll("a.member"), a => Assert.Equal("/members/h1", a.GetAttribute("href")));
    }

    [Theory]
    [InlineData("en"), InlineData("ja")]
    public void Who_has_left_has_no_name_and_no_picture(string language)
    {
        In(language);
        SignedIn(Roles.Member);
        var row = Row(Line(author: null));
        Assert.Empty(row.FindAll(".avatar, a.member"));
        Assert.DoesNotContain("boards.", row.Find(".topic-meta .member").TextContent);
    }

    [Theory]
    [InlineData("en"), InlineData("ja")]
    public void A_locked_topic_says_so_in_words(string language)
    {
        In(language);
        Assert.DoesNotContain("boards.", Row(Line(locked: true)).Find(".topic-state .badge").TextContent);
        Assert.Empty(Row(Line()).FindAll(".topic-state"));
    }
}
