using AngleSharp.Html.Dom;
using Bunit;
using Community.Ui;

namespace Community.Tests.Components;

public sealed class FormFieldTests : Rendering
{
    static Problems Wrong(params (string, string)[] all)
    {
        var problems = new Problems();
        foreach (var (field, text) in all) problems.Add(field, text);
        return problems;
    }

    [Fact]
    public void A_label_names_its_field_and_a_hint_describes_it()
    {
        var field = Show<Field>(p =>
            p.Add(f => f.Name, "Email")
                .Add(f => f.Label, "E-mail <b>")
                .Add(f => f.Hint, "Yours & only yours")
                .Add(f => f.Type, "email")
                .Add(f => f.Autocomplete, "email")
        );
        var input = (IHtmlInputElement)field.Find("input");
        Assert.Equal(input.Id, field.Find("label").GetAttribute("for"));
        Assert.Equal("E-mail <b>", field.Find("label").TextContent.Trim());
        Assert.Equal("Yours & only yours", field.Find("#" + input.GetAttribute("aria-describedby")).TextContent);
        Assert.True(input.IsRequired);
        Assert.Null(input.GetAttribute("aria-invalid"));
    }

    [Fact]
    public void What_is_wrong_is_said_beside_the_field_and_tied_to_it()
    {
        var field = Show<Field>(p =>
            p.Add(f => f.Name, "Name")
                .Add(f => f.Label, "Name")
                .Add(f => f.Hint, "h")
                .Add(f => f.Problems, Wrong(("Name", "<i>Too long</i>"), ("Other", "x")))
        );
        var input = field.Find("input");
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
        Assert.Equal("Name-hint Name-error", input.GetAttribute("aria-describedby"));
        Assert.Equal("<i>Too long</i>", field.Find("#Name-error").TextContent);
    }

    [Fact]
    public void What_was_typed_is_kept_as_it_was_the_empty_first_line_included()
    {
        var typed = "\n\"><script>alert(1)</script>\n  end";
        var area = (IHtmlTextAreaElement)
            Show<Field>(p =>
                    p.Add(f => f.Name, "Bio")
                        .Add(f => f.Label, "Bio")
                        .Add(f => f.Rows, 4)
                        .Add(f => f.Optional, true)
                        .Add(f => f.Value, typed)
                )
                .Find("textarea");
        Assert.Equal(typed, area.Value);
        var input = (IHtmlInputElement)
            Show<Field>(p => p.Add(f => f.Name, "Bio").Add(f => f.Label, "Bio").Add(f => f.Value, "\"><script>")).Find("input");
        Assert.Equal("\"><script>", input.Value);
    }

    [Theory]
    [InlineData("en"), InlineData("ja")]
    public void An_optional_field_says_so_in_words(string language)
    {
        In(language);
        var field = Show<Field>(p => p.Add(f => f.Name, "Bio").Add(f => f.Label, "Bio").Add(f => f.Optional, true));
        Assert.NotEmpty(field.Find("label .optional").TextContent.Trim());
        Assert.DoesNotContain("ui.form", field.Markup);
        Assert.False(((IHtmlInputElement)field.Find("input")).IsRequired);
    }

    [Theory]
    [InlineData("en"), InlineData("ja")]
    public void The_summary_counts_what_is_wrong_leads_to_the_fields_and_answers_422(string language)
    {
        In(language);
        Http.Request.Path = "/register";
        var summary = Show<ErrorSummary>(p => p.Add(s => s.Problems, Wrong(("Email", "<b>bad</b>"), ("", "As a whole"))));
        Assert.Equal("alert", summary.Find(".error-summary").GetAttribute("role"));
        Assert.Contains("2", summary.Find("h2").TextContent);
        var link = Assert.Single(summary.FindAll("a"));
        Assert.Equal(("/register#Email", "<b>bad</b>"), (link.GetAttribute("href"), link.TextContent));
        Assert.Equal(422, Http.Response.StatusCode);
    }

    [Fact]
    public void Without_problems_there_is_no_summary_and_the_answer_stays_as_it_is()
    {
        Assert.Empty(Show<ErrorSummary>(p => p.Add(s => s.Problems, Wrong())).Markup.Trim());
        Assert.Equal(200, Http.Response.StatusCode);
    }
}
