using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>What the script of every page adds for its reader, and what holds for the eye on every page.</summary>
[Trait("needs", "browser")]
public sealed class ComfortTests(Chromium chromium)
{
    const string Times =
        "[...document.querySelectorAll('time[data-told]')].map(t => t.textContent + (t.dataset.told === 'day' ? ' (day)' : ''))";

    [Theory]
    [InlineData("ja"), InlineData("en")]
    public async Task The_script_tells_times_by_the_rule_of_the_server(string language)
    {
        var site = chromium.Momiji;
        var page = await chromium.Open(site, language: language, zone: site.Site.TimeZone);
        var paths = new[] { "/", "/boards/ireru?view=tree", "/boards/ireru?view=topics", "/boards/ireru?view=posts" };
        var server = new List<string[]>();
        foreach (var path in paths)
        {
            await page.GotoAsync(path);
            server.Add(await page.EvaluateAsync<string[]>(Times));
        }
        Assert.True(server.Sum(t => t.Length) > 30);
        // As if the machine stood elsewhere: the script tells every time anew, in the zone that is the site's after all.
        await page.AddInitScriptAsync(
            """
            const own = Intl.DateTimeFormat.prototype.resolvedOptions;
            Intl.DateTimeFormat.prototype.resolvedOptions = function () { return { ...own.call(this), timeZone: 'Elsewhere' }; };
            """
        );
        for (var i = 0; i < paths.Length; i++)
        {
            await page.GotoAsync(paths[i]);
            Assert.Equal(server[i], await page.EvaluateAsync<string[]>(Times));
            Assert.EndsWith(" Elsewhere", await page.Locator("time[data-told]").First.GetAttributeAsync("title"));
        }
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_reader_in_another_zone_reads_the_times_of_home()
    {
        var page = await chromium.Open(chromium.Momiji, language: "en", zone: "America/New_York");
        await page.GotoAsync("/");
        Assert.True(
            await page.EvaluateAsync<bool>(
                """
                [...document.querySelectorAll('time[data-told]')].every(t => {
                  const at = new Date(t.dateTime);
                  const hours = String(at.getHours()).padStart(2, '0') + ':' + String(at.getMinutes()).padStart(2, '0');
                  return t.title.endsWith(' America/New_York') && (t.dataset.told === 'day' || t.textContent.endsWith(hours));
                })
                """
            )
        );
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData(1280, true), InlineData(320, true), InlineData(1280, false), InlineData(320, false), InlineData(600, false)]
    public async Task The_frame_of_a_mail_shows_the_whole_mail(int width, bool script)
    {
        var page = await chromium.Open(chromium.Northwind, width, script: script);
        await chromium.SignIn(page, "mailer@northwind.example");
        await page.GotoAsync("/staff/mailings/new");
        await page.Locator("[name='Form.Subject']").FillAsync("A long mail");
        await page.Locator("textarea")
            .FillAsync(
                string.Join(
                    "\n\n",
                    Enumerable.Repeat(
                        "A paragraph of the mail, long enough to take two lines of its column and a little more than that.",
                        40
                    )
                ) + "\n\n- one\n- two\n\n> said"
            );
        await page.Locator("button[value=preview]").ClickAsync();
        var frame = page.Locator("iframe.mail-frame");
        const string height = "f => Math.ceil(f.contentDocument?.documentElement?.getBoundingClientRect().height ?? 0)";
        for (
            var i = 0;
            i < 600
                && await frame.EvaluateAsync<int>(height) is var mail
                && (mail < 1500 || (script && await frame.EvaluateAsync<int>("f => f.clientHeight") != mail));
            i++
        )
            await Task.Delay(100);
        var (whole, shown) = (await frame.EvaluateAsync<int>(height), (int)(await frame.BoundingBoxAsync())!.Height);
        Assert.True(whole > 1500);
        if (script) Assert.Equal(whole, shown);
        // Without script its height is estimated, for the widest letters.
        else Assert.InRange(shown, whole, whole * 2.2);
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData("ja"), InlineData("en")]
    public async Task The_frame_takes_two_rows_on_a_telephone_and_never_more_room_than_there_is(string language)
    {
        // One theme each: a frame of its own, one with a menu below, and the plain one.
        foreach (
            var (site, person) in new[]
            {
                (chromium.Momiji, "admin@momiji.example"),
                (chromium.Northwind, "admin@northwind.example"),
                (chromium.Console, "operator@localhost"),
            }
        )
        {
            var page = await chromium.Open(site, 320, language, script: false);
            await Fits(page, "a visitor");
            await chromium.SignIn(page, person);
            await page.GotoAsync("/");
            await Fits(page, person);
            // What is folded to a picture still has its name, and leads to the same places.
            Assert.NotEqual("", (await page.Locator(".account-menu > summary").InnerTextAsync()).Trim());
            if (site != chromium.Console)
            {
                await page.Locator(".site-search button").ClickAsync();
                await page.Locator("main input[type=search]").WaitForAsync();
                await page.Locator(".site-languages a").Last.WaitForAsync(new() { State = WaitForSelectorState.Attached });
                Assert.Equal(1, await page.Locator(".site-languages a:visible").CountAsync());
            }
            await page.Context.CloseAsync();
        }

        static async Task Fits(IPage page, string who)
        {
            await page.GotoAsync("/");
            foreach (var width in new[] { 320, 400, 641, 800, 960, 1120, 1280 })
            {
                await page.SetViewportSizeAsync(width, 900);
                var box = (await page.Locator(".site-header").BoundingBoxAsync())!;
                if (width <= 640) Assert.True(box.Height < 120, $"{page.Url}, {who}, {width}: the frame is {box.Height} px high");
                var over = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
                Assert.True(over <= 0, $"{page.Url}, {who}, {width}: {over} px wider than the window");
            }
            await page.SetViewportSizeAsync(320, 900);
        }
    }

    [Theory]
    [InlineData(1280), InlineData(1700)]
    public async Task Every_page_of_a_site_begins_at_one_edge(int width)
    {
        foreach (var (site, key) in new[] { (chromium.Momiji, "momiji"), (chromium.Northwind, "northwind") })
        {
            var page = await chromium.Open(site, width);
            await chromium.SignIn(page, $"admin@{key}.example");
            var board = key == "momiji" ? "ireru" : "gear";
            await page.GotoAsync($"/boards/{board}?view=topics");
            var topic = await page.Locator(".topic-title a").Last.GetAttributeAsync("href");
            var edges = new Dictionary<string, double>();
            foreach (
                var path in new[]
                {
                    "/",
                    "/boards",
                    $"/boards/{board}",
                    topic!,
                    "/groups",
                    "/account",
                    "/unread",
                    "/staff",
                    "/staff/members",
                    "/staff/theme",
                }
            )
            {
                await page.GotoAsync(path);
                edges[path] = await page.EvaluateAsync<double>(
                    """
                    () => {
                      const c = document.querySelector('.site-columns');
                      return Math.round(c.getBoundingClientRect().left + parseFloat(getComputedStyle(c).paddingInlineStart));
                    }
                    """
                );
                Assert.Equal(
                    edges[path],
                    await page.EvaluateAsync<double>(
                        """
                        () => Math.round(Math.min(...[...document.querySelectorAll('.site-main, .site-side')]
                          .filter(e => e.getClientRects().length).map(e => e.getBoundingClientRect().left)))
                        """
                    )
                );
            }
            Assert.True(edges.Values.Distinct().Count() == 1, string.Join(", ", edges.Select(e => $"{e.Key}: {e.Value}")));
            await page.Context.CloseAsync();
        }
    }
}
