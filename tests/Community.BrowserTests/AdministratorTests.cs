using System.Text;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>The first day of a company that moves here: its file of members, and what staff do with them. Without script.</summary>
[Trait("needs", "browser")]
public sealed class AdministratorTests(Chromium chromium)
{
    const int Rows = 120;

    [Fact]
    public async Task Members_move_from_a_Shift_JIS_file_are_found_kept_as_a_segment_disclosed_and_erased()
    {
        var site = await chromium.Host.NewSite();
        var page = await chromium.Open(site, language: "ja", script: false);
        var complaints = Looking.Complaints(page);
        await chromium.SignIn(page, "admin@example.com");
        await page.GotoAsync("/staff/members/import");
        var file = new FilePayload { Name = "会員.csv", MimeType = "text/csv", Buffer = File() };
        await page.Locator("input[type=file]").SetInputFilesAsync(file);
        await page.Locator("main form button.primary").First.ClickAsync();
        await page.WaitForURLAsync("**/import/*");

        // Two columns have no attribute yet: each leads to one, and back.
        foreach (var type in new[] { "member-number", "prefecture" })
        {
            await page.Locator("a[href*='/staff/attributes/new?import=']").First.ClickAsync();
            await page.WaitForURLAsync("**/staff/attributes/new*");
            // A heading that is known has chosen the type.
            var choice = page.Locator($"main a[href*='type={type}&']");
            if (await choice.CountAsync() > 0) await choice.ClickAsync();
            await page.Locator("main form button.primary").Last.ClickAsync();
            await page.WaitForURLAsync("**/import/*");
        }
        Assert.Equal(0, await page.Locator("a[href*='/staff/attributes/new?import=']").CountAsync());
        await page.Locator("[name=confirmed]").CheckAsync();
        await page.Locator("button[value=check]").ClickAsync();
        await Until(page, "form[action$='/run'] button");
        var text = await page.Locator("main").InnerTextAsync();
        Assert.Contains("「江戸」は都道府県ではありません。", text);
        Assert.Contains($"{Rows - 2}名を取り込む", text);
        await page.Locator("form[action$='/run'] button").ClickAsync();
        await Until(page, "form[action$='/undo'] button");

        // Found by words, by a condition, and kept as a segment that can be written to.
        await page.GotoAsync("/staff/members");
        await Chromium.SayPurpose(page);
        await page.Locator("main [name=q]").FillAsync("髙橋 kaiin007@example.jp");
        await page.Locator("main form[role=search] button.primary").First.ClickAsync();
        var found = page.Locator("tbody th a");
        Assert.Equal("髙橋 七", await found.InnerTextAsync());
        var url = new Uri(new Uri(page.Url), await found.GetAttributeAsync("href")).AbsolutePath;
        await page.GotoAsync("/staff/members");
        var prefecture = await page.Locator("[name='c-add'] option", new() { HasTextString = "都道府県" }).GetAttributeAsync("value");
        await page.Locator("[name='c-add']").SelectOptionAsync(prefecture!);
        await page.Locator("button[value='add:']").ClickAsync();
        await page.Locator("[name^='c0-'][value='26']").CheckAsync();
        await page.Locator("main form[role=search] button.primary").Last.ClickAsync();
        Assert.StartsWith("39", await page.Locator("caption").InnerTextAsync());
        await page.Locator("a[href^='/staff/segments/new']").ClickAsync();
        await page.Locator("[name=Name]").FillAsync("京都の会員");
        await page.Locator("main form button.primary").Last.ClickAsync();
        await page.Locator("a[href^='/staff/mailings/new?segment=']").ClickAsync();
        Assert.Contains("京都の会員", await page.Locator("main select option[selected]").AllTextContentsAsync());

        // Asked for by letter: a copy of all data, then everything erased.
        await Ask("Disclosure");
        await page.Locator("form[action$='/archive'] button").ClickAsync();
        await Until(page, "form[action$='/download'] button");
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("form[action$='/download'] button").ClickAsync());
        Assert.EndsWith(".zip", download.SuggestedFilename);
        await page.Locator("form[action$='/done'] button").ClickAsync();
        await Ask("Erasure");
        await page.Locator("[name=When][value=now]").CheckAsync();
        await page.Locator("[name=Sure]").CheckAsync();
        await page.Locator("form:has([name=Sure]) button.danger").ClickAsync();
        await TestSite.Until(
            () => site.Db(async db => !await db.Members.AnyAsync(m => m.Email == "kaiin007@example.jp")), "the member is erased"
        );
        await page.GotoAsync("/staff/members");
        await page.Locator("main [name=q]").FillAsync("kaiin007@example.jp");
        await page.Locator("main form[role=search] button.primary").First.ClickAsync();
        await page.Locator(".empty").WaitForAsync();
        // Of plain http on a name that is no localhost, browsers say that a header has no effect.
        Assert.DoesNotContain(complaints, c => !c.Contains("Cross-Origin-Opener-Policy"));
        await page.Context.CloseAsync();

        async Task Ask(string kind)
        {
            await page.GotoAsync(url);
            await page.Locator("a[href*='/staff/requests/new?member=']").ClickAsync();
            await page.Locator("[name=Kind]").SelectOptionAsync(kind);
            await page.Locator("main form button.primary").Last.ClickAsync();
            await page.WaitForURLAsync(u => char.IsAsciiDigit(u[^1]));
        }
    }

    /// <summary>Looks again, as somebody without script does, until what has to come is there.</summary>
    static async Task Until(IPage page, string selector)
    {
        for (var i = 0; i < 150 && await page.Locator(selector).CountAsync() == 0; i++)
        {
            await Task.Delay(200);
            await page.GotoAsync(page.Url.Split('?', '#')[0]);
        }
        Assert.Equal(1, await page.Locator(selector).CountAsync());
    }

    /// <summary>As another system writes it: mixed names, a prefecture that is none, and one address twice.</summary>
    static byte[] File()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var text = new StringBuilder("会員番号,氏名,メールアドレス,都道府県\r\n");
        string[] prefectures = ["北海道", "京都府", "大阪"];
        for (var i = 1; i <= Rows; i++)
            text.Append(i == 7 ? "00007,髙橋 七," : $"{i:00000},会員{i},")
                .Append(i == 50 ? "KAIIN049@example.jp," : $"kaiin{i:000}@example.jp,")
                .Append(i == 100 ? "江戸" : prefectures[i % 3]).Append("\r\n");
        return Encoding.GetEncoding(932).GetBytes(text.ToString());
    }
}
