using System.Net;
using Community.Members;

namespace Community.Tests.Members;

public sealed class PasswordTests(TestHost host)
{
    const string New = "seven quiet otters hum";

    [Fact]
    public async Task Changing_the_password_needs_the_present_one_and_ends_all_other_sessions()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var here = await site.SignIn("anna");
        var elsewhere = await site.SignIn("anna");
        var refused = await here.Submit("/account/password", new() { ["Present"] = "not the password", ["Password"] = New });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        var done = await here.Submit("/account/password", new() { ["Present"] = TestSite.Password, ["Password"] = New });
        Assert.Equal("/account", done.Url.AbsolutePath);
        Assert.Equal(1, await Letters.Count(site, "anna@example.com", "members.password-changed"));

        own.Clock.Advance(TimeSpan.FromMinutes(1.5));
        Assert.NotNull((await here.Get("/")).Document.QuerySelector(".account-menu"));
        Assert.Null((await elsewhere.Get("/")).Document.QuerySelector(".account-menu"));
    }

    [Fact]
    public async Task A_forgotten_password_is_set_by_a_letter_whose_link_works_once()
    {
        var site = await host.NewSite();
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        var link = await Letters.Link(site, "anna@example.com", "members.reset");
        var anna = site.Visitor();
        var done = await anna.Submit(link, new() { ["Password"] = New });
        Assert.Equal("/sign-in", done.Url.AbsolutePath);
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(link)).Status);
        var inside = await anna.Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = New });
        Assert.NotNull(inside.Document.QuerySelector(".account-menu"));
    }

    [Fact]
    public async Task Asking_for_a_password_tells_nothing_of_an_address()
    {
        var site = await host.NewSite();
        var known = await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        var unknown = await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "nobody@example.com" });
        Assert.Equal(known.Text, unknown.Text);
        Assert.Equal(0, await Letters.Count(site, "nobody@example.com", "members.reset"));
    }

    [Fact]
    public async Task A_new_address_is_the_members_only_after_its_letter()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await anna.Submit("/account/email", new() { ["Email"] = "anna@new.example", ["Present"] = TestSite.Password });
        var link = await Letters.Link(site, "anna@new.example", "members.new-email");
        await anna.Submit(link, [], "main form");
        var inside = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@new.example", ["Password"] = TestSite.Password });
        Assert.NotNull(inside.Document.QuerySelector(".account-menu"));
        Assert.Equal(1, await Letters.Count(site, "anna@example.com", "members.email-changed"));
    }

    [Theory]
    [InlineData("short", PasswordProblem.Short)]
    [InlineData("password123", PasswordProblem.Guessable)]
    [InlineData("qwertyuiop", PasswordProblem.Guessable)]
    [InlineData("aaaaaaaaaaaa", PasswordProblem.Guessable)]
    [InlineData("takahashi1990", PasswordProblem.Personal)]
    [InlineData("a violet bicycle rests", null)]
    [InlineData("もみじの落ちる庭の茶碗", null)]
    public void Passwords_are_judged(string password, PasswordProblem? problem) =>
        Assert.Equal(problem, PasswordRules.Of(password, "Takahashi", "takahashi@example.jp"));
}
