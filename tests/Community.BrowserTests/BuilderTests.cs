using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>The form of conditions, with script and without: the same buttons, the same result.</summary>
[Trait("needs", "browser")]
public sealed class BuilderTests(Chromium chromium)
{
    [Theory]
    [InlineData(false, 1280), InlineData(false, 320), InlineData(true, 1280), InlineData(true, 320)]
    public async Task A_search_is_built_by_buttons_with_and_without_script(bool script, int width)
    {
        var page = await chromium.Open(chromium.Northwind, width, script: script);
        var complaints = Looking.Complaints(page);
        await chromium.SignIn(page, "admin@northwind.example");
        await page.GotoAsync("/staff/members?sort=name");
        await Chromium.SayPurpose(page);
        await Add("", "members.role");
        await page.Locator("[name='c0-role']").SelectOptionAsync("administrator");
        await page.Locator("button[value='wrap:0']").ClickAsync();
        await page.Locator("[name='c0-0-role']").WaitForAsync();
        // What was chosen is kept, whatever the buttons change around it.
        Assert.Equal("administrator", await page.Locator("[name='c0-0-role']").InputValueAsync());
        await Add("0", "members.role");
        await page.Locator("[name='c0-1-role']").SelectOptionAsync("moderator");
        // Axe is a script, and waits for ever on a page that may run none.
        if (script) Assert.Empty(await Looking.Faults(page, $"the form of conditions, {width}"));
        // Enter in a field searches, and removes nothing.
        await page.Locator("#q").PressAsync("Enter");
        await page.Locator("tbody th").First.WaitForAsync();
        var roles = await page.Locator("tbody td[data-label]").AllInnerTextsAsync();
        Assert.Contains(roles, r => r.Contains("Administrator"));
        Assert.Contains(roles, r => r.Contains("Moderator"));
        Assert.Empty(complaints);
        await page.Context.CloseAsync();

        async Task Add(string place, string key)
        {
            var prefix = place.Length == 0 ? "c-" : $"c{place}-";
            await page.Locator($"[name='{prefix}add']").SelectOptionAsync(key);
            // With script, choosing is enough.
            if (!script) await page.Locator($"button[value='add:{place}']").ClickAsync();
            await page.Locator($"[name='{(place.Length == 0 ? "c0" : $"c{place}-1")}-role']").WaitForAsync();
        }
    }
}
