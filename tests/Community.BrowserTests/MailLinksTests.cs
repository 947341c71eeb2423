using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>A company's scanner opens every link of a mail in a real browser, and presses nothing.</summary>
[Trait("needs", "browser")]
public sealed class MailLinksTests(Chromium chromium)
{
    [Fact]
    public async Task A_browser_that_loads_every_link_of_a_mail_unsubscribes_nobody_and_a_person_who_presses_does()
    {
        var site = chromium.Northwind;
        var (member, kind) = await site.Db(async db =>
        {
            var kinds = db.MailKinds.Where(k => k.Use == MailKindUse.Mail);
            var state = await db.ConsentStates.Where(c => c.Granted && kinds.Any(k => k.Id == c.KindId)).OrderBy(c => c.MemberId)
                .FirstAsync();
            return (state.MemberId, state.KindId);
        });
        Task<bool> Agrees() => site.Db(db => db.ConsentStates.AnyAsync(c => c.MemberId == member && c.KindId == kind && c.Granted));
        var leave = await site.With<UnsubscribeLinks, string>(l => l.To(member, kind, default));
        var page = await chromium.Open(site);
        foreach (var link in new[] { leave, UnsubscribeLinks.OneClickOf(leave) })
        {
            var path = new Uri(link).PathAndQuery;
            await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.NetworkIdle });
            // What scanners do besides: the pointer over everything, every fold open, every frame and script run.
            await page.EvaluateAsync(
                """
                () => {
                  for (const e of document.querySelectorAll('*')) {
                    for (const name of ['mouseover', 'focus', 'pointerenter']) e.dispatchEvent(new Event(name));
                    if (e.localName === 'details') e.open = true;
                  }
                }
                """);
            foreach (var method in new[] { "HEAD", "GET", "OPTIONS" })
                await page.EvaluateAsync(
                    "([path, method]) => fetch(path, { method }).then(a => a.status, () => 0)", new[] { path, method });
            Assert.True(await Agrees(), path);
        }
        await page.GotoAsync(new Uri(leave).PathAndQuery);
        await page.Locator("button[name=What][value=kind]").ClickAsync();
        await page.WaitForURLAsync("**/u/**");
        await page.Locator(".notice.ok").First.WaitForAsync();
        Assert.False(await Agrees());
        await page.Context.CloseAsync();
    }
}
