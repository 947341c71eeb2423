using Community.Sites;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Community.BrowserTests.Chromium))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Community.BrowserTests;

/// <summary>Debian's Chromium, and the host with the two sample sites. One of each for all tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    readonly TestHost host = new();
    IPlaywright playwright = null!;
    IBrowser browser = null!;

    public TestHost Host => host;
    public TestSite Momiji { get; private set; } = null!;
    public TestSite Northwind { get; private set; } = null!;
    public TestSite Console { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await host.InitializeAsync();
        playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout((float)TestSite.Patience.TotalMilliseconds);
        browser = await playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium",
                Headless = true,
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--host-resolver-rules=MAP *.example.test 127.0.0.1",
                ],
            }
        );
        if (Screenshots.Wanted)
            host.Clock.Advance(Screenshots.Day - host.Clock.Now);
        Momiji = await Sample("momiji");
        Northwind = await Sample("northwind");
        Console = new TestSite(host, (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!);
    }

    async Task<TestSite> Sample(string name)
    {
        var recipe = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "recipes", name + ".json"));
        return new TestSite(host, await host.Services.GetRequiredService<CreateSite>().From(Operators.OfMachine, Recipe.Parse(recipe)));
    }

    /// <summary>A browser window of its own: no cookie of another.</summary>
    /// <param name="zone">The time zone of the reader's machine.</param>
    /// <param name="bypassCsp">Pages are shown as if they had no Content-Security-Policy: what is wrong in them runs.</param>
    public async Task<IPage> Open(
        TestSite site,
        int width = 1280,
        string language = "",
        bool script = true,
        string scheme = "light",
        bool bypassCsp = false,
        string? zone = null
    )
    {
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = site.Url,
            JavaScriptEnabled = script,
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = scheme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            Locale = "en-US",
            BypassCSP = bypassCsp,
            // Pictures are of a fixed day, as its people see it.
            TimezoneId = zone ?? (Screenshots.Wanted ? site.Site.TimeZone : null),
        });
        context.SetDefaultTimeout((float)TestSite.Patience.TotalMilliseconds);
        var page = await context.NewPageAsync();
        if (language != "") await page.GotoAsync($"/language/{language}");
        return page;
    }

    /// <summary>Signs in by the form; the sample accounts are <c>member@momiji.example</c> and so on.</summary>
    public async Task SignIn(IPage page, string email)
    {
        await page.GotoAsync("/sign-in");
        await page.Locator("input[type=email]").FillAsync(email);
        await page.Locator("input[type=password]").FillAsync(TestSite.Password);
        await page.Locator("main form button.primary").First.ClickAsync();
        await page.Locator("form[action='/sign-out']").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
    }

    /// <summary>Signs in without the form, whose hash costs most of a second; the purpose of the day is said already.</summary>
    public static Task Enter(IPage page, Visitor visitor) =>
        page.Context.AddCookiesAsync(visitor.Cookies.GetAllCookies().Select(c =>
            new Cookie { Name = c.Name, Value = c.Value, Url = visitor.Site.Url }));

    /// <summary>Says what members are looked up for, where the page asks.</summary>
    public static async Task SayPurpose(IPage page)
    {
        await page.Locator("input[name='for'][value='upkeep']").CheckAsync();
        await page.Locator("form:has(input[name='for']) button.primary").ClickAsync();
        await page.Locator("form:has(input[name='for'])").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await host.DisposeAsync();
    }
}
