using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>The box in which posts are written: buttons, undo, names, the keys of input methods, quoting, the preview.</summary>
[Trait("needs", "browser")]
public sealed class WritingToolTests(Chromium chromium)
{
    /// <summary>What came for the page since there was something to type into.</summary>
    readonly ConcurrentQueue<string> answers = [];

    async Task<IPage> Write(string? text = null, int width = 1280, string language = "en")
    {
        var page = await chromium.Open(chromium.Northwind, width, language: language);
        await Chromium.Enter(page, await chromium.Northwind.SignInAs(Writer));
        await page.GotoAsync($"/boards/{Board}/new");
        await page.Locator(".writing-tools").WaitForAsync();
        page.Response += (_, answer) => answers.Enqueue($"{answer.Status} {answer.Url}");
        page.RequestFailed += (_, request) => answers.Enqueue($"{request.Failure} {request.Url}");
        // A draft of an earlier test.
        await page.Locator("textarea[name=text]").FillAsync("");
        if (text is not null) await page.Locator("textarea[name=text]").PressSequentiallyAsync(text);
        return page;
    }

    /// <summary>Nobody else's writer: what is typed is saved as a draft, and would stand in the box of a test that runs beside.</summary>
    const string Writer = "jo@example.com", Board = "gear";

    /// <summary>Waits for the list of names; if none comes, says what the box and the program said meanwhile.</summary>
    async Task Names(IPage page)
    {
        try { await page.Locator(".writing-names li").First.WaitForAsync(); }
        catch (TimeoutException e)
        {
            var focus = await page.EvaluateAsync<string>("document.activeElement?.outerHTML.slice(0, 80)");
            Assert.Fail($"No names for \"{await Text(page)}\", focus on {focus}; since then: {string.Join(", ", answers)}. {e.Message}");
        }
    }

    static Task<string> Text(IPage page) => page.Locator("textarea[name=text]").InputValueAsync();
    static Task Tool(IPage page, string tool) => page.Locator($"[data-tool={tool}]").ClickAsync();

    static Task Select(IPage page, string words) => page.EvaluateAsync(
        """
        words => {
          const area = document.querySelector('textarea[name=text]'), at = area.value.indexOf(words);
          area.focus();
          area.setSelectionRange(at, at + words.length);
        }
        """,
        words
    );

    [Fact]
    public async Task Undo_goes_back_across_buttons_paste_and_typing()
    {
        var page = await Write("first\n\nsecond word");
        await Select(page, "first\n\n");
        await page.Keyboard.PressAsync("Delete");
        await Select(page, "word");
        await Tool(page, "bold");
        Assert.Equal("second **word**", await Text(page));
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("second word", await Text(page));
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("first\n\nsecond word", await Text(page));
        await page.Keyboard.PressAsync("Control+Shift+z");
        await Select(page, "second");
        foreach (var (tool, after) in new[]
        {
            ("italic", "*second* word"), ("italic", "second word"), ("spoiler", "||second|| word"), ("spoiler", "second word"),
            ("code", "`second` word"), ("code", "second word"), ("link", "[second](https://) word"),
        })
        {
            await Tool(page, tool);
            Assert.Equal(after, await Text(page));
        }
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("second word", await Text(page));
        await Tool(page, "quote");
        await Tool(page, "list");
        Assert.Equal("- > second word", await Text(page));
        await page.Keyboard.PressAsync("Control+z");
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("second word", await Text(page));
        await Tool(page, "table");
        Assert.Contains("|---|---|", await Text(page));
        await page.Keyboard.PressAsync("Control+z");
        await page.Keyboard.PressAsync("Control+b");
        Assert.Contains("**", await Text(page));
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_completed_name_is_taken_back_by_one_undo()
    {
        var page = await Write("Hello @" + NameStart);
        await Names(page);
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("Hello @" + FullName + " ", await Text(page));
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("Hello @" + NameStart, await Text(page));
        await page.Keyboard.PressAsync("Control+z");
        Assert.NotEqual("Hello @" + NameStart, await Text(page));
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData(200, "a")]
    [InlineData(503, "a")]
    [InlineData(503, "")]
    public async Task Names_come_also_behind_an_answer_for_fewer_letters_or_none(int status, string typedMeanwhile)
    {
        var page = await Write();
        var (asked, first) = (0, new TaskCompletionSource<IRoute>());
        await page.RouteAsync(
            "**/names",
            async route =>
            {
                if (Interlocked.Increment(ref asked) == 1) first.SetResult(route);
                else await route.ContinueAsync();
            }
        );
        // From here on no time passes but what the test lets pass: however slow its keys are, they are asked for together.
        var now = new DateTime(2026, 4, 1, 12, 0, 0, DateTimeKind.Utc);
        await page.Clock.InstallAsync(new() { TimeDate = now });
        await page.Clock.PauseAtAsync(now.AddHours(1));
        var box = page.Locator("textarea[name=text]");
        await box.PressSequentiallyAsync("Hello @" + NameStart[..^typedMeanwhile.Length]);
        await page.Clock.RunForAsync(200);
        var late = await first.Task.WaitAsync(TestSite.Patience);
        await box.PressSequentiallyAsync(typedMeanwhile);
        await page.RunAndWaitForResponseAsync(
            () => late.FulfillAsync(new() { Status = status, ContentType = "application/json", Body = "[]" }), "**/names");
        await TestSite.Until(
            async () =>
            {
                await page.Clock.RunForAsync(200);
                return await page.Locator(".writing-names li").First.IsVisibleAsync();
            },
            "the list of names is shown"
        );
        Assert.Equal(2, asked);
        await page.Context.CloseAsync();
    }

    const string NameStart = "Marta", FullName = "Marta Kowalczyk";

    /// <summary>The orders in which browsers tell of an input method's keys.</summary>
    [Theory]
    [InlineData("open, start, key 13 composing, end")]
    [InlineData("open, start, end, key 229")]
    [InlineData("open, key 229, start, end")]
    public async Task No_key_does_anything_while_kanji_are_made(string order)
    {
        var page = await Write("Hello @" + NameStart);
        await Names(page);
        var before = await Text(page);
        var url = page.Url;
        // Each field that has a key of its own, with the keys that it knows.
        foreach (var field in new[] { "textarea[name=text]", "input[name=title]", "[data-tool=bold]", "summary" })
            foreach (var key in new[] { "Enter", "Escape", "Tab", "ArrowDown", "b" })
                await page.EvaluateAsync(
                    """
                    ({ field, key, order }) => {
                      const target = document.querySelector(field);
                      const press = (code, composing) => target.dispatchEvent(new KeyboardEvent("keydown", {
                        key, keyCode: code, which: code, isComposing: composing, ctrlKey: key === "b" || key === "Enter",
                        bubbles: true, cancelable: true }));
                      const tell = step => target.dispatchEvent(new CompositionEvent("composition" + step, { bubbles: true, data: "かな" }));
                      for (const step of order.split(", "))
                        if (step === "start" || step === "end") tell(step);
                        else if (step === "key 229") press(229, false);
                        else if (step !== "open") press(13, true);
                    }
                    """,
                    new { field, key, order }
                );
        Assert.Equal((before, url), (await Text(page), page.Url));
        // Afterwards the keys are ours again.
        await Select(page, "Hello");
        await page.Keyboard.PressAsync("Control+b");
        Assert.StartsWith("**Hello**", await Text(page));
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_selection_is_quoted_with_its_author_and_answers_that_post()
    {
        var page = await chromium.Open(chromium.Northwind);
        await Chromium.Enter(page, await chromium.Northwind.SignInAs(Writer));
        await page.GotoAsync($"/boards/{Board}?view=topics");
        await page.Locator(".topic-title a").First.ClickAsync();
        await page.Locator(".writing-tools").WaitForAsync();
        var words = await page.EvaluateAsync<string>(
            """
            () => {
              getSelection().selectAllChildren(document.querySelector('#p2 .post-text p'));
              return getSelection().toString();
            }
            """
        );
        await page.Locator(".quote-selection").ClickAsync();
        var text = await Text(page);
        Assert.Matches(@"^\*\*.+\*\* wrote \(\[#2\]\(/boards/.+/posts/2\)\):\n\n> ", text);
        Assert.Contains(words[..8], text);
        Assert.Contains("to=2", await page.Locator("form:has(textarea[name=text])").GetAttributeAsync("action"));
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("", await Text(page));
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData(320, "ja"), InlineData(1280, "en")]
    public async Task The_preview_follows_and_hidden_words_open_by_focus(int width, string language)
    {
        var page = await Write("**bold** ||secret||", width, language);
        await Tool(page, "preview");
        var secret = page.Locator(".live-preview .spoiler");
        await secret.WaitForAsync();
        Assert.Equal("rgba(0, 0, 0, 0)", await secret.EvaluateAsync<string>("e => getComputedStyle(e).color"));
        await secret.FocusAsync();
        Assert.NotEqual("rgba(0, 0, 0, 0)", await secret.EvaluateAsync<string>("e => getComputedStyle(e).color"));
        Assert.Equal("bold", await page.Locator(".live-preview strong").InnerTextAsync());
        await Tool(page, "emoji");
        Assert.Empty(await Looking.Faults(page, $"the tools, {width}"));
        await page.Context.CloseAsync();
    }
}
