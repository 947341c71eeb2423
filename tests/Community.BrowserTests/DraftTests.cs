using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>
/// The script that keeps what is being written. The browser's clock is moved by hand: nothing waits for the pauses of typing.
/// </summary>
[Trait("needs", "browser")]
public sealed class DraftTests(Chromium chromium)
{
    /// <summary>Whose drafts no other class of tests touches.</summary>
    const string Writer = "member@northwind.example", Other = "moderator@northwind.example", Board = "gear";

    async Task<IPage> Open(string email)
    {
        var page = await chromium.Open(chromium.Northwind);
        await chromium.SignIn(page, email);
        // Of all pages of this browser, also of those opened later.
        await page.Clock.InstallAsync();
        await Write(page);
        return page;
    }

    static async Task<IPage> OpenAnother(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        await Write(page);
        return page;
    }

    static async Task Write(IPage page)
    {
        await page.GotoAsync($"/boards/{Board}/new");
        await page.Locator(".writing-tools").WaitForAsync();
    }

    static Task Type(IPage page, string words) => page.Locator("textarea[name=text]").PressSequentiallyAsync(words);
    static Task<string> Text(IPage page) => page.Locator("textarea[name=text]").InputValueAsync();
    static Task<int> Copies(IPage page) =>
        page.EvaluateAsync<int>("Object.keys(localStorage).filter(k => k.startsWith('community:draft:')).length");

    /// <summary>
    /// The pause after the last key is over: it is sent, and what follows is said below the box. Of the save before the same is said, so
    /// the answer is waited for first.
    /// </summary>
    static async Task Saved(IPage page, string said = "saved at")
    {
        await page.RunAndWaitForResponseAsync(() => page.Clock.RunForAsync(3_000), answer => new Uri(answer.Url).AbsolutePath == "/drafts");
        await Said(page, said);
    }

    static Task Said(IPage page, string said) => Assertions.Expect(page.Locator(".draft-state")).ToContainTextAsync(said);

    [Fact]
    public async Task Words_are_saved_by_themselves_also_after_a_dialog_and_nothing_is_left_in_the_browser()
    {
        var page = await Open(Writer);
        var words = "Draft " + Guid.NewGuid().ToString("N")[..6];
        await Type(page, words);
        await Saved(page);
        // Asked whether to leave, and stayed: writing goes on as before, and so does saving.
        await Type(page, " more");
        var asked = new TaskCompletionSource();
        page.Dialog += async (_, dialog) =>
        {
            // Once. Whoever stays at every dialog never leaves the page, and waits for the next one for ever.
            if (asked.Task.IsCompleted) { await dialog.AcceptAsync(); return; }
            await dialog.DismissAsync();
            asked.SetResult();
        };
        await page.CloseAsync(new() { RunBeforeUnload = true });
        await asked.Task.WaitAsync(TestSite.Patience);
        await Type(page, " after");
        await Saved(page);
        var second = await OpenAnother(page.Context);
        Assert.Equal(words + " more after", await Text(second));
        // The draft goes on in the other tab, and the first is told when it writes something else.
        await Type(second, "!");
        await Saved(second);
        await Type(page, "?");
        await Saved(page, "Both are kept");
        Assert.Equal(0, await Copies(page));
        await Discard(second);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Without_a_line_the_browser_keeps_a_copy_for_this_member_alone()
    {
        var page = await Open(Writer);
        var words = "Offline " + Guid.NewGuid().ToString("N")[..6];
        await Offline(page, words);
        // The page is closed while there is no line; opened again with one, the words are there and go to the server.
        var context = page.Context;
        await page.CloseAsync();
        page = await OpenAnother(context);
        Assert.Equal(words, await Text(page));
        await Saved(page);
        Assert.Equal(0, await Copies(page));
        await Discard(page);
        // Signing out leaves nothing.
        await Write(page);
        await Offline(page, words);
        await page.EvaluateAsync("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()");
        await page.WaitForURLAsync(url => !url.EndsWith("/new"));
        Assert.Equal(0, await Copies(page));
        // Whose session ended without it leaves a copy; another member finds nothing of it, and it is gone.
        await chromium.SignIn(page, Writer);
        await Write(page);
        await Offline(page, words);
        await page.Context.ClearCookiesAsync();
        await chromium.SignIn(page, Other);
        await Write(page);
        Assert.Equal(("", 0), (await Text(page), await Copies(page)));
        await page.Context.CloseAsync();
    }

    async Task Offline(IPage page, string words)
    {
        // In a function: Playwright calls what an expression gives, if it is one.
        await page.EvaluateAsync("() => { window.fetch = () => Promise.reject(); }");
        await Type(page, words);
        await page.Clock.RunForAsync(3_000);
        await Said(page, "No connection");
        Assert.Equal(1, await Copies(page));
    }

    /// <summary>Takes the writer's drafts away, so that other tests find empty forms.</summary>
    static async Task Discard(IPage page)
    {
        for (; ; )
        {
            await page.GotoAsync("/drafts");
            var first = page.Locator(".drafts h2 a").First;
            if (await first.CountAsync() == 0) return;
            await page.GotoAsync((await first.GetAttributeAsync("href"))!);
            await page.Locator("details.more > summary").ClickAsync();
            await page.Locator("form[action$='/discard'] button").ClickAsync();
        }
    }
}
