using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>
/// docs/images: the main screens, so that docs/screens.md shows them as they are. <c>tools/screenshots</c> makes them anew;
/// else nothing runs. Day and handles are fixed, so that a picture changes with its page and not with the day.
/// </summary>
[Trait("needs", "browser")]
public sealed class Screenshots(Chromium chromium)
{
    public static bool Wanted => Environment.GetEnvironmentVariable("UPDATE_SCREENSHOTS") == "1";
    /// <summary>When the sample sites are made: an evening in New York, a morning in Kyoto.</summary>
    public static readonly DateTime Day = new(2026, 11, 14, 1, 30, 0, DateTimeKind.Utc);

    const int Wide = 1280, Telephone = 390;

    [Fact]
    public async Task The_main_screens()
    {
        Assert.SkipUnless(Wanted, "tools/screenshots makes the pictures of docs/images.");
        foreach (var site in new[] { chromium.Momiji, chromium.Northwind })
            await site.Db(async db =>
            {
                // The colour of a member without a picture comes from the handle, which is random.
                foreach (var member in await db.Members.ToListAsync()) member.Handle = member.Id.ToString("x12");
                return await db.SaveChangesAsync();
            });
        await Report();
        await Mail();

        await Take("home-ja", chromium.Momiji, Wide, "member", "/");
        await Take("board-ja", chromium.Momiji, Wide, "kuwabara", "/boards/ireru?view=tree");
        await Take(
            "topic",
            chromium.Northwind,
            Wide,
            "member",
            "/boards/gear?view=topics",
            "Trekking-pole tents in real wind: convince me",
            dark: true
        );
        await Take("members", chromium.Northwind, Wide, "admin", "/staff/members?q=a");
        await Take("mailing", chromium.Northwind, Wide, "mailer", "/staff/mailings", "Repair week starts on Monday");
        await Take("themes-ja", chromium.Momiji, Wide, "webmaster", "/staff/theme");

        await Take("home", chromium.Northwind, Telephone, "", "/");
        await Take("topic-ja", chromium.Momiji, Telephone, "member", "/boards/ireru?view=topics", "朝の一杯だけ、いつも渋くなります");
        await Take("titles-ja", chromium.Momiji, Telephone, "member", "/boards/utsuwa?view=tree", dark: true);
        await Take("register-ja", chromium.Momiji, Telephone, "", "/register");
        await Take("groups", chromium.Northwind, Telephone, "member", "/groups", dark: true);
        await Take("reports", chromium.Northwind, Telephone, "moderator", "/staff/reports");
    }

    /// <summary>A picture of the window, after following the link of this name if there is one.</summary>
    async Task Take(string name, TestSite site, int width, string person, string path, string? link = null, bool dark = false)
    {
        var page = await As(site, person, width, dark);
        await page.GotoAsync(path);
        if (await page.Locator("input[name='for']").CountAsync() > 0) await Chromium.SayPurpose(page);
        if (link is not null) await page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First.ClickAsync();
        await page.Locator("h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        Assert.DoesNotContain("/sign-in", page.Url);
        await page.EvaluateAsync("document.fonts.ready");
        var picture = await page.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
        await File.WriteAllBytesAsync(Path.Combine(Repository.Root, "docs", "images", name + ".png"), PalettePng.Of(picture));
        await page.Context.CloseAsync();
    }

    async Task<IPage> As(TestSite site, string person, int width = Wide, bool dark = false)
    {
        var page = await chromium.Open(site, width, scheme: dark ? "dark" : "light");
        if (person == "") return page;
        var email = await site.Db(db => db.Members.Where(m => m.Email!.StartsWith(person + "@")).Select(m => m.Email!).FirstAsync());
        await chromium.SignIn(page, email);
        return page;
    }

    async Task Report()
    {
        var page = await As(chromium.Northwind, "member");
        await page.GotoAsync("/boards/gear?view=topics");
        await page.GetByRole(AriaRole.Link, new() { Name = "Is there a quiet sleeping pad?", Exact = true }).First.ClickAsync();
        await page.GotoAsync(new Uri(page.Url).AbsolutePath + "/posts/2/report");
        await page.Locator("[name=reason]").FillAsync("Sells something, and says so in three topics on the same day.");
        await page.Locator("main form button.primary").ClickAsync();
        await page.Locator(".notice.ok").WaitForAsync();
        await page.Context.CloseAsync();
    }

    async Task Mail()
    {
        var page = await As(chromium.Northwind, "mailer");
        await page.GotoAsync("/staff/mailings/new");
        await page.Locator("[name='Form.Subject']").FillAsync("Repair week starts on Monday");
        await page.Locator("textarea")
            .FillAsync(
                "Dear {{member.name}},\n\nthe repair bench is open all week. Bring what leaks, rips or squeaks.\n\n- Monday: **zips**\n- Tuesday: seams\n\n[See the dates](https://example.com/repair)"
            );
        await page.Locator("[name='Form.When'][value=now]").CheckAsync();
        await page.Locator("button.primary[value=confirm]").ClickAsync();
        await page.WaitForURLAsync("**/confirm**");
        await page.Locator("main form button.primary").First.ClickAsync();
        var address = new Uri(page.Url).AbsolutePath.Replace("/confirm", "");
        for (var i = 0; i < 60 && !await page.GetByText("Sent", new() { Exact = true }).First.IsVisibleAsync(); i++)
        {
            await Task.Delay(500);
            await page.GotoAsync(address);
        }
        await page.Context.CloseAsync();
    }
}
