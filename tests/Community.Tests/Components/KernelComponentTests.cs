using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Components;

public sealed class KernelComponentTests : Rendering
{
    static readonly DateTime moment = new(2026, 11, 22, 15, 4, 5, DateTimeKind.Utc);

    /// <summary>23 November, four past midnight in Tokyo, read at six in the evening of the day that many days later.</summary>
    IElement ToldOf(string language, int daysLater, bool dateOnly = false, bool byDate = false)
    {
        In(language);
        Services.AddSingleton<TimeProvider>(new Standing(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero).AddDays(daysLater)));
        return Show<Moment>(p => p.Add(m => m.Utc, moment).Add(m => m.DateOnly, dateOnly).Add(m => m.ByDate, byDate)).Find("time");
    }

    sealed class Standing(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    [Theory]
    [InlineData("en", 0, "today at 00:04", "today"), InlineData("ja", 0, "今日 00:04", "今日")]
    [InlineData("en", 1, "yesterday at 00:04", "yesterday"), InlineData("ja", 1, "昨日 00:04", "昨日")]
    [InlineData("en", 2, "2 days ago at 00:04", "2 days ago"), InlineData("ja", 6, "6日前 00:04", "6日前")]
    [InlineData("en", 7, "Nov 23, 00:04", "Nov 23"), InlineData("ja", 7, "11月23日 00:04", "11月23日")]
    [InlineData("en", 38, "Nov 23, 00:04", "Nov 23"), InlineData("en", 39, "Nov 23, 2026, 00:04", "Nov 23, 2026")]
    [InlineData("ja", 39, "2026年11月23日 00:04", "2026年11月23日")]
    // What is going to be is told by its date.
    [InlineData("en", -1, "Nov 23, 00:04", "Nov 23"), InlineData("en", -330, "Nov 23, 2026, 00:04", "Nov 23, 2026")]
    public void A_moment_is_told_by_the_day_within_a_week_and_without_the_year_within_the_year(
        string language,
        int daysLater,
        string text,
        string date
    )
    {
        Assert.Equal(text, ToldOf(language, daysLater).TextContent);
        Assert.Equal(date, Show<Moment>(p => p.Add(m => m.Utc, moment).Add(m => m.DateOnly, true)).Find("time").TextContent);
    }

    [Theory]
    [InlineData("en", "Monday, November 23, 2026, 00:04:05 Asia/Tokyo")]
    [InlineData("ja", "2026年11月23日(月) 00:04:05 Asia/Tokyo")]
    public void The_exact_moment_stands_behind_every_time(string language, string title)
    {
        var time = ToldOf(language, 1);
        Assert.Equal(title, time.GetAttribute("title"));
        Assert.Equal("2026-11-22T15:04:05Z", time.GetAttribute("datetime"));
        Assert.True(time.HasAttribute("data-told"));
    }

    [Theory]
    [InlineData("en", false, "Nov 23, 00:04"), InlineData("en", true, "Nov 23"), InlineData("ja", false, "11月23日 00:04")]
    public void A_record_bears_its_date_whenever_it_is_read(string language, bool dateOnly, string text)
    {
        var time = ToldOf(language, 0, dateOnly, byDate: true);
        Assert.Equal(text, time.TextContent);
        Assert.False(time.HasAttribute("data-told"));
    }

    [Theory]
    [InlineData("en", "staff.groups.requests.other", 12345, "12,345"), InlineData("ja", "groups.members.other", 12345, "12,345")]
    [InlineData("en", "when.days-ago", 6, "6 days ago"), InlineData("en", "boards.answers", 12345, "#12345")]
    public void A_number_in_a_text_is_said_with_separators_and_a_posts_number_is_a_name(
        string language,
        string key,
        int number,
        string part
    )
    {
        In(language);
        Assert.Contains(part, Services.GetRequiredService<IStringLocalizer>()[key, number].Value);
        Assert.Contains(part, Services.GetRequiredService<IStringLocalizer>().In(language, key, (long)number));
    }

    [Theory]
    [InlineData("おはよう、あなたへ", 320), InlineData("", 320)]
    public void The_frame_of_a_short_mail_is_not_lower_than_this(string text, int height) =>
        Assert.Equal(height.ToString(), Frame(text).GetAttribute("height"));

    [Fact]
    public void The_frame_of_a_mail_grows_with_its_text_and_runs_no_script()
    {
        var (lines, long1, wide) = (
            Frame(string.Join('\n', Enumerable.Repeat("a", 100))),
            Frame(new string('a', 6400)),
            Frame(new string('あ', 6400))
        );
        Assert.InRange(int.Parse(lines.GetAttribute("height")!), 3_000, 4_000);
        Assert.InRange(int.Parse(long1.GetAttribute("height")!), 3_000, 4_000);
        Assert.InRange(int.Parse(wide.GetAttribute("height")!), 6_000, 7_000);
        Assert.Equal("allow-same-origin", lines.GetAttribute("sandbox")!.Trim());
    }

    IElement Frame(string text) =>
        Show<MailFrame>(p => p.Add(f => f.Url, "/mail").Add(f => f.Title, "SystemMail").Add(f => f.Text, text)).Find("iframe");

    [Fact]
    public void A_place_shows_its_panels_with_what_the_page_gives_them()
    {
        UsePanels(new Told("One", new Panel("here", typeof(Says)), new Panel("there", typeof(Says)), new Panel("here", typeof(Says))));
        Show<Panels>(p => p.Add(x => x.At, "here").Add(x => x.Parameters, new Dictionary<string, object?> { ["Word"] = "<hi>" }))
            .MarkupMatches("<p>&lt;hi&gt;</p><p>&lt;hi&gt;</p>");
    }

    [Fact]
    public void A_feature_that_is_off_shows_no_panel()
    {
        UsePanels(new Told("Off", new Panel("here", typeof(Says))));
        Assert.Empty(Show<Panels>(p => p.Add(x => x.At, "here")).Markup.Trim());
    }

    [Fact]
    public void A_panel_with_a_permission_is_shown_to_who_has_it_alone()
    {
        UsePanels(new Told("One", new Panel("here", typeof(Says), "told.see")));
        Assert.Empty(Show<Panels>(p => p.Add(x => x.At, "here")).Markup.Trim());
        SignedIn(Roles.Member);
        Assert.Empty(Show<Panels>(p => p.Add(x => x.At, "here")).Markup.Trim());
        SignedIn(Roles.Moderator);
        Show<Panels>(p => p.Add(x => x.At, "here")).MarkupMatches("<p></p>");
    }

    [Fact]
    public void A_panel_that_asks_the_site_is_shown_when_the_site_says_so()
    {
        UsePanels(
            new Told(
                "One",
                new Panel("here", typeof(Says), When: site => new(site.GetRequiredService<Site>().Culture == "en")),
                new Panel("here", typeof(Says), When: site => new(site.GetRequiredService<Site>().Culture == "ja"))
            )
        );
        Show<Panels>(p => p.Add(x => x.At, "here")).MarkupMatches("<p></p>");
    }

    [Fact]
    public async Task Panels_in_the_rows_of_a_page_ask_once_for_all_rows()
    {
        var (rows, asked) = (new RowsOnPage([new(1, 7), new(2, null), new(3, 7)]), 0);
        for (var panel = 0; panel < 3; panel++)
            Assert.Equal(6, await rows.Once<Says, long>(all => { asked++; return Task.FromResult(all.Sum(r => r.Id)); }));
        Assert.Equal(1, asked);
    }

    void UsePanels(params Module[] modules)
    {
        var list = new ModuleList(modules);
        Services.Replace(ServiceDescriptor.Singleton(list));
        Services.Replace(ServiceDescriptor.Singleton(new May(list)));
        Services.Replace(ServiceDescriptor.Singleton(Site with { Features = new HashSet<string> { "One" } }));
    }

    sealed class Told(string name, params Panel[] panels) : Module
    {
        public override string Name => name;
        public override IEnumerable<Panel> Panels => panels;
        public override IEnumerable<Permission> Permissions => name == "One" ? [new("told.see", Roles.Moderator)] : [];
    }

    sealed class Says : ComponentBase
    {
        [Parameter] public string? Word { get; set; }
        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenElement(0, "p");
            builder.AddContent(1, Word);
            builder.CloseElement();
        }
    }
}
