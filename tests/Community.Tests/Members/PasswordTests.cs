using System.Net;
using Community.Members;
using Community.Sites;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Tests.Members;

public sealed class PasswordTests(TestHost host)
{
    const string New = "seven quiet otters hum";

    [Fact]
    public async Task Changing_the_password_needs_a_fresh_proof_and_ends_all_other_sessions()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var here = await site.SignIn("anna");
        var elsewhere = await site.SignIn("anna");
        own.Clock.Advance(TimeSpan.FromMinutes(11));
        var asks = await here.Get("/account/password");
        Assert.Equal("/account/confirm", asks.Url.AbsolutePath);
        var refused = await here.Submit(asks, new() { ["Password"] = "not the password" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal("/account/password", (await here.Submit(asks, new() { ["Password"] = TestSite.Password })).Url.AbsolutePath);
        var done = await here.Submit("/account/password", new() { ["Password"] = New });
        Assert.Equal("/account", done.Url.AbsolutePath);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.password-changed"));

        own.Clock.Advance(TimeSpan.FromMinutes(1.5));
        Assert.NotNull((await here.Get("/")).Document.QuerySelector(".account-menu"));
        Assert.Null((await elsewhere.Get("/")).Document.QuerySelector(".account-menu"));
    }

    [Fact]
    public async Task A_forgotten_password_is_set_by_a_mail_whose_link_works_once()
    {
        var site = await host.NewSite();
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        var link = await Mails.Link(site, "anna@example.com", "members.reset");
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
        Assert.Equal(0, await Mails.Count(site, "nobody@example.com", "members.reset"));
    }

    [Fact]
    public async Task A_password_is_the_same_however_it_was_typed()
    {
        var site = await host.NewSite();
        // Typed in full width on a Japanese keyboard, with é as two characters; then as another keyboard would.
        const string Typed = "ｓｅｖｅｎ　ｃａｆe\u0301s　ｈｕｍ", Plain = "seven cafés hum";
        await Change(await site.SignIn("anna"), Typed);
        foreach (var password in new[] { Plain, Typed, "seven cafe\u0301s hum" })
            Assert.True(await ComesIn(site, password), password);
        foreach (var password in new[] { "Seven cafés hum", "seven cafes hum", Plain + " " })
            Assert.False(await ComesIn(site, password), password);
        var anna = site.Visitor();
        await anna.Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = Plain });
        Assert.Equal("/account", (await Change(anna, New)).Url.AbsolutePath);
    }

    [Fact]
    public async Task A_hash_of_a_password_as_it_was_typed_is_taken_and_made_anew()
    {
        var site = await host.NewSite();
        const string Typed = "ｓｅｖｅｎ　ｏｔｔｅｒｓ";
        var old = new PasswordHasher<Member>(Options.Create(new PasswordHasherOptions { IterationCount = 2 })).HashPassword(null!, Typed);
        await site.Db(db => db.Members.Where(m => m.Name == "Anna").ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, old)));
        Assert.False(await ComesIn(site, "seven otters"));
        Assert.True(await ComesIn(site, Typed));
        Assert.True(await ComesIn(site, "seven otters"));
        Assert.NotEqual(old, await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.PasswordHash).SingleAsync()));
    }

    [Fact]
    public async Task The_site_s_own_name_is_no_password_at_any_door()
    {
        var site = await host.NewSite(r => r["name"] = "Kiefernhaus");
        const string Bad = "kiefernhaus26";
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "ben@example.com" });
        Page[] pages =
        [
            await site.Visitor().Submit("/register", new() { ["Name"] = "Dora", ["Email"] = "dora@example.com", ["Password"] = Bad }),
            await Change(await site.SignIn("anna"), Bad),
            await site.Visitor().Submit(await Mails.Link(site, "ben@example.com", "members.reset"), new() { ["Password"] = Bad }),
        ];
        Assert.All(pages, p => Assert.Contains("the name of this site", p.Document.QuerySelector("#Password-error")!.TextContent));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            host.Services.GetRequiredService<SetPassword>().Of(site.Site, "admin@example.com", Bad, default)
        );
        await Assert.ThrowsAsync<RecipeException>(() => host.NewSite(r => r["members"]![0]!["password"] = "20262026202620262026"));
    }

    static Task<Page> Change(Visitor visitor, string password) => visitor.Submit("/account/password", new() { ["Password"] = password });

    static async Task<bool> ComesIn(TestSite site, string password) =>
        (await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = password })).Document.QuerySelector(
            ".account-menu"
        )
            is not null;

    [Theory]
    [InlineData("short", PasswordProblem.Short)]
    [InlineData("password123", PasswordProblem.Guessable)]
    [InlineData("qwertyuiop", PasswordProblem.Guessable)]
    [InlineData("aaaaaaaaaaaa", PasswordProblem.Guessable)]
    [InlineData("2026202620262026202620262026202620262026", PasswordProblem.Guessable)]
    [InlineData("abababababababababababababababababababab", PasswordProblem.Guessable)]
    [InlineData("ＡＢＡＢＡＢＡＢＡＢＡＢ", PasswordProblem.Guessable)]
    [InlineData("abcdefghijklmnop", PasswordProblem.Guessable)]
    [InlineData("zyxwvutsrqponm", PasswordProblem.Guessable)]
    [InlineData("12345678901234567890", PasswordProblem.Guessable)]
    [InlineData("9876543210987", PasswordProblem.Guessable)]
    [InlineData("aabbccddeeff", PasswordProblem.Guessable)]
    [InlineData("112233445566", PasswordProblem.Guessable)]
    [InlineData("1qaz2wsx3edc4rfv", PasswordProblem.Guessable)]
    [InlineData("qwertyuiopasdfghjkl", PasswordProblem.Guessable)]
    [InlineData("abc123xyz789", PasswordProblem.Guessable)]
    [InlineData("xK9$xK9$xK9$xK9$xK9$", PasswordProblem.Guessable)]
    [InlineData("!!!!!!!!!!!!!!", PasswordProblem.Guessable)]
    [InlineData("ｐａｓｓｗｏｒｄ１２３", PasswordProblem.Guessable)]
    [InlineData("あいうえおかきくけこ", PasswordProblem.Guessable)]
    [InlineData("いろはにほへとちりぬるを", PasswordProblem.Guessable)]
    [InlineData("花花花花花花花花花花花", PasswordProblem.Guessable)]
    [InlineData("takahashi1990", PasswordProblem.Personal)]
    [InlineData("ＴＡＫＡＨＡＳＨＩ！１９９０", PasswordProblem.Personal)]
    [InlineData("takahashi takahashi", PasswordProblem.Personal)]
    [InlineData("Takahashi-Takahashi-26", PasswordProblem.Personal)]
    [InlineData("ihsahakat1990", PasswordProblem.Personal)]
    [InlineData("たていすかんなにらせ", PasswordProblem.Guessable)]
    [InlineData("plokijuhygtf", PasswordProblem.Guessable)]
    [InlineData("azsxdcfvgbhn", PasswordProblem.Guessable)]
    [InlineData("sunflowersunflower", PasswordProblem.Guessable)]
    [InlineData("sunflowersunflower1", PasswordProblem.Guessable)]
    [InlineData("passphrase passphrase passphrase", PasswordProblem.Guessable)]
    [InlineData("pass\u200Bword\u200B123", PasswordProblem.Guessable)]
    [InlineData("🐶🐱🐭🐹🐰🦊🐻🐼🐨🐯", null)]
    [InlineData("the cat and the dog and the cow", null)]
    [InlineData("row row row your little boat", null)]
    [InlineData("a violet bicycle rests", null)]
    [InlineData("もみじの落ちる庭の茶碗", null)]
    [InlineData("correct horse battery", null)]
    [InlineData("takahashi likes old bicycles", null)]
    [InlineData("kV7#qe!x2L", null)]
    [InlineData("the first of the four hundred", null)]
    public void Passwords_are_judged(string password, PasswordProblem? problem) =>
        Assert.Equal(problem, PasswordRules.Of(password, "Takahashi", "takahashi@example.jp"));
}
