using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Community.Tests.Components;

public sealed class KernelComponentTests : Rendering
{
    static readonly DateTime moment = new(2026, 11, 22, 15, 4, 5, DateTimeKind.Utc);

    [Theory]
    [InlineData("en", "Nov 23, 2026, 00:04", "Monday, November 23, 2026, 00:04:05 Asia/Tokyo")]
    [InlineData("ja", "2026年11月23日 00:04", "2026年11月23日(月) 00:04:05 Asia/Tokyo")]
    public void A_moment_is_told_in_the_zone_of_the_site_and_the_language_of_the_reader(string language, string text, string title)
    {
        In(language);
        var time = Show<Moment>(p => p.Add(m => m.Utc, moment)).Find("time");
        Assert.Equal(text, time.TextContent);
        Assert.Equal(title, time.GetAttribute("title"));
        Assert.Equal("2026-11-22T15:04:05Z", time.GetAttribute("datetime"));
    }

    [Theory]
    [InlineData("en", "Nov 23, 2026")]
    [InlineData("ja", "2026年11月23日")]
    public void A_date_alone_has_no_hours(string language, string text)
    {
        In(language);
        Assert.Equal(text, Show<Moment>(p => p.Add(m => m.Utc, moment).Add(m => m.DateOnly, true)).Find("time").TextContent);
    }

    [Fact]
    public void A_place_shows_the_panels_of_the_features_that_are_on_in_the_order_of_the_modules()
    {
        UsePanels(new Told("One", new Panel("here", typeof(Says))), new Told("Off", new Panel("here", typeof(Says))), new Told("Two", new Panel("there", typeof(Says)), new Panel("here", typeof(Says))));
        Show<Panels>(p => p.Add(x => x.At, "here").Add(x => x.Parameters, new Dictionary<string, object?> { ["Word"] = "<hi>" }))
            .MarkupMatches("<p>&lt;hi&gt;</p><p>&lt;hi&gt;</p>");
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

    void UsePanels(params Module[] modules)
    {
        var list = new ModuleList(modules);
        Services.Replace(ServiceDescriptor.Singleton(list));
        Services.Replace(ServiceDescriptor.Singleton(new May(list)));
        Services.Replace(ServiceDescriptor.Singleton(Site with { Features = new HashSet<string> { "One", "Two" } }));
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
