using System.Net;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

public sealed class UnsubscribeTests(TestHost host)
{
    static async Task<string> Link(TestSite site, string email)
    {
        var (member, kind) = await site.Db(async db =>
            (
                await db.Members.Where(m => m.Email == email).Select(m => m.Id).FirstAsync(),
                await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync()
            )
        );
        return await site.With<UnsubscribeLinks, string>(links => links.Token(member, kind));
    }

    static Task<List<string>> Granted(TestSite site, string email) =>
        site.Db(db =>
        {
            var members = db.Members.Where(m => m.Email == email);
            var kinds = db.MailKinds;
            return db
                .ConsentStates.Where(c => c.Granted && members.Any(m => m.Id == c.MemberId))
                .Select(c => kinds.First(k => k.Id == c.KindId).Key)
                .ToListAsync();
        });

    static HttpRequestMessage OneClick(string token) =>
        new(HttpMethod.Post, $"/u/{token}/one-click") { Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]) };

    [Fact]
    public async Task One_click_needs_no_cookie_acts_on_its_kind_alone_and_twice_is_once()
    {
        var site = await host.NewSite();
        var token = await Link(site, "ben@example.com");
        for (var i = 0; i < 2; i++)
        {
            var answer = await site.Visitor().Send(OneClick(token));
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Null(answer.Location);
        }
        Assert.Equal(["events"], await Granted(site, "ben@example.com"));
        Assert.Equal(1, await site.Db(db => db.ConsentEvents.CountAsync(e => e.Source == "one-click")));
    }

    [Fact]
    public async Task Looking_changes_nothing()
    {
        var site = await host.NewSite();
        var token = await Link(site, "ben@example.com");
        foreach (var path in new[] { $"/u/{token}", $"/u/{token}/one-click" })
        {
            Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(path)).Status);
            await site.Visitor().Send(new(HttpMethod.Head, path));
        }
        Assert.Equal(2, (await Granted(site, "ben@example.com")).Count);
    }

    [Fact]
    public async Task A_person_may_leave_a_kind_or_everything()
    {
        var site = await host.NewSite();
        var token = await Link(site, "ben@example.com");
        var ben = site.Visitor();
        var page = await ben.Submit($"/u/{token}", new() { ["What"] = "kind" });
        Assert.Contains("no longer receive “News”", page.Text);
        Assert.Equal(["events"], await Granted(site, "ben@example.com"));
        page = await ben.Submit($"/u/{token}", new() { ["What"] = "everything" });
        Assert.Contains("no longer receive any direct mail", page.Document.QuerySelector(".notice.ok")!.TextContent);
        Assert.DoesNotContain("News", page.Document.QuerySelector(".notice.ok")!.TextContent);
        Assert.NotNull(page.Document.QuerySelector("main a[href='/account#mail']"));
        Assert.Empty(await Granted(site, "ben@example.com"));
    }

    [Fact]
    public async Task The_page_says_which_address_it_is_about_so_that_only_its_owner_knows_it()
    {
        var site = await host.NewSite();
        var page = await site.Visitor().Get($"/u/{await Link(site, "ben@example.com")}");
        Assert.Contains("b•••@example.com", page.Text);
        Assert.DoesNotContain("ben@", page.Html);
    }

    [Fact]
    public async Task Pressed_again_in_an_older_window_it_says_that_it_is_done()
    {
        var site = await host.NewSite();
        var ben = site.Visitor();
        var old = await ben.Get($"/u/{await Link(site, "ben@example.com")}");
        for (var i = 0; i < 2; i++)
            Assert.Contains("no longer receive any direct mail", (await ben.Submit(old, new() { ["What"] = "everything" })).Text);
        Assert.Equal(1, await site.Db(db => db.ConsentEvents.CountAsync(e => e.Action == ConsentAction.WithdrawAll)));
    }

    [Fact]
    public async Task The_link_lets_its_addressee_choose_kinds_whoever_is_signed_in()
    {
        var site = await host.NewSite();
        var token = await Link(site, "ben@example.com");
        await site.With<Consents, int>(async c =>
        {
            await c.WithdrawAll(await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync()), "profile", "");
            return 0;
        });
        // A family's computer: Anna is signed in, and the mail is Ben's.
        var anna = await site.SignIn("anna");
        var page = await anna.Get($"/u/{token}");
        Assert.Contains("b•••@example.com", page.Text);
        Assert.All(page.Document.QuerySelectorAll("input[name=Kinds]"), box => Assert.False(box.HasAttribute("checked")));
        var events = await site.Db(db => db.MailKinds.Where(k => k.Key == "events").Select(k => k.Id).SingleAsync());
        page = await anna.Submit(page, new() { ["Kinds"] = events.ToString() }, "form:has([name=Kinds])");
        Assert.Contains("Your choice is saved.", page.Text);
        Assert.Equal(["events"], await Granted(site, "ben@example.com"));
        Assert.Equal(["news"], await Granted(site, "anna@example.com"));
    }

    [Fact]
    public async Task Staff_read_that_a_member_left_by_the_link_in_a_mail()
    {
        var site = await host.NewSite();
        await site.Visitor().Submit($"/u/{await Link(site, "ben@example.com")}", new() { ["What"] = "kind" });
        var ben = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).FirstAsync());
        var page = await (await site.SignIn("admin")).Get($"/staff/members/{ben}");
        Assert.Contains("by the link in a mail", page.Text);
        Assert.DoesNotContain("staff.consent.by.", page.Text);
    }

    [Fact]
    public async Task A_link_of_another_site_or_one_that_was_changed_is_worth_nothing()
    {
        var (one, other) = (await host.NewSite(), await host.NewSite());
        var token = await Link(one, "ben@example.com");
        Assert.Equal(HttpStatusCode.NotFound, (await other.Visitor().Send(OneClick(token))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Visitor().Get($"/u/{token}")).Status);
        var forged = string.Concat(await Link(one, "anna@example.com"), "")[..2] + token[2..];
        if (forged != token) Assert.Equal(HttpStatusCode.NotFound, (await one.Visitor().Send(OneClick(forged))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await one.Visitor().Send(OneClick(token[..^1] + (token[^1] == 'A' ? 'E' : 'A')))).Status);
        Assert.Equal(2, (await Granted(one, "ben@example.com")).Count);
        Assert.Equal(2, (await Granted(other, "ben@example.com")).Count);
    }

    [Fact]
    public async Task A_post_that_is_not_one_click_changes_nothing()
    {
        var site = await host.NewSite();
        var token = await Link(site, "ben@example.com");
        Assert.Equal(HttpStatusCode.BadRequest, (await site.Visitor().Send(new(HttpMethod.Post, $"/u/{token}/one-click"))).Status);
        Assert.Equal(2, (await Granted(site, "ben@example.com")).Count);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", HttpStatusCode.OK)]
    // As RFC 8058 §3.1 has it, too.
    [InlineData(
        "multipart/form-data; boundary=b",
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
        HttpStatusCode.OK)]
    [InlineData("multipart/form-data", "--b\r\n", HttpStatusCode.BadRequest)]
    [InlineData("multipart/form-data; boundary=b", "List-Unsubscribe=One-Click", HttpStatusCode.BadRequest)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"List-", HttpStatusCode.BadRequest)]
    [InlineData("text/plain", "List-Unsubscribe=One-Click", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "{\"List-Unsubscribe\":\"One-Click\"}", HttpStatusCode.BadRequest)]
    [InlineData("application/x-www-form-urlencoded", "List-Unsubscribe=No", HttpStatusCode.BadRequest)]
    [InlineData("application/x-www-form-urlencoded", "", HttpStatusCode.BadRequest)]
    public async Task Whatever_is_posted_one_click_alone_unsubscribes(string type, string body, HttpStatusCode right)
    {
        var site = await host.NewSite();
        var token = await Link(site, "ben@example.com");
        var content = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        Assert.Equal(right, (await site.Visitor().Send(new(HttpMethod.Post, $"/u/{token}/one-click") { Content = content })).Status);
        Assert.Equal(right is HttpStatusCode.OK ? 1 : 2, (await Granted(site, "ben@example.com")).Count);
    }

    [OnBothDatabases, Fact]
    public async Task Two_presses_at_once_take_back_once_and_count_once()
    {
        var site = await host.NewSite();
        var (member, kind) = await site.Db(async db => (
            await db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).FirstAsync(),
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync()));
        var token = await site.With<UnsubscribeLinks, string>(links => links.Token(member, kind, mailing: 7));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => site.Visitor().Send(OneClick(token))));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Status));
        Assert.Equal(1, await site.Db(db => db.ConsentEvents.CountAsync(e => e.Source == "one-click")));
        Assert.Equal(1, await site.Db(db => db.Engagements.CountAsync(e => e.Kind == EngagementKind.Leave)));
    }

    [Fact]
    public async Task The_link_in_an_old_mail_acts_after_a_change_of_address_and_a_merge_and_does_nothing_after_erasure()
    {
        var site = await host.NewSite();
        var (ben, anna) = (await Link(site, "ben@example.com"), await Link(site, "anna@example.com"));
        await site.Db(async db =>
        {
            var member = await db.Members.SingleAsync(m => m.Email == "ben@example.com");
            member.ChangeEmail(Community.Kernel.EmailAddress.Parse("ben@example.net"));
            return await db.SaveChangesAsync();
        });
        var admin = await site.Reader("admin");
        var (kept, gone) = await site.Db(async db => (
            await db.Members.Where(m => m.Email == "ben@example.net").Select(m => m.Id).SingleAsync(),
            await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync()));
        await site.With<MergeMembers, long>(m => m.Merge(admin, kept, gone, new HashSet<string>(), default));
        Assert.Contains("news", await Granted(site, "ben@example.net"));
        // Whoever reads Anna's old mailbox is not shown Ben's address, and can agree to nothing in his place.
        var page = await site.Visitor().Get($"/u/{anna}");
        Assert.DoesNotContain("example.net", page.Html);
        Assert.Null(page.Document.QuerySelector("[name=Kinds]"));
        Assert.NotNull(page.Document.QuerySelector("[name=What]"));
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Send(OneClick(anna))).Status);
        Assert.DoesNotContain("news", await Granted(site, "ben@example.net"));
        // Nobody is left of whom it could be.
        await site.Db(db => db.MemberMerges.ExecuteDeleteAsync());
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Send(OneClick(anna))).Status);
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get($"/u/{anna}")).Status);
        Assert.Contains("events", await Granted(site, "ben@example.net"));
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Send(OneClick(ben))).Status);
    }
}
