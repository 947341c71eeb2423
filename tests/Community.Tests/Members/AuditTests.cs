using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>The audit log as an administrator filters and reads it.</summary>
public sealed class AuditTests(TestHost host)
{
    [Fact]
    public async Task An_act_is_chosen_by_its_words_and_views_are_left_out()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var anna = await Id(site, "Anna");
        await admin.Submit($"/staff/members/{anna}/edit", new() { ["Name"] = "Anna B." });
        var page = await admin.Get("/staff/audit");
        var options = page
            .Document.QuerySelectorAll("select[name=action] option")
            .Select(o => (o.GetAttribute("value"), o.TextContent))
            .ToList();
        Assert.Contains(("members.edit", "changed the record of …"), options);
        Assert.Equal("Members", page.Document.QuerySelector("option[value='members.edit']")!.ParentElement!.GetAttribute("label"));
        Assert.DoesNotContain(options, o => o.Item1!.StartsWith("sites."));
        Assert.Contains("opened the record of", Log(page));
        var chosen = Log(await admin.Submit(page, new() { ["action"] = "members.edit" }));
        Assert.Contains("changed the record of Anna B.", chosen);
        Assert.DoesNotContain("opened the record", chosen);
        var changes = Log(await admin.Submit(page, new() { ["changes"] = "only" }));
        Assert.Contains("changed the record of", changes);
        Assert.DoesNotContain("opened the record", changes);
        Assert.DoesNotContain("read the audit log", changes);
    }

    [Fact]
    public async Task The_member_it_was_about_is_found_by_name_and_of_several_one_is_chosen()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        foreach (var name in new[] { "Anna", "Ben", "Susan" }) await admin.Get($"/staff/members/{await Id(site, name)}");
        var page = await admin.Get("/staff/audit?action=members.open");
        var one = await admin.Submit(page, new() { ["member"] = "ben@exa" });
        Assert.Contains("Ben", Log(one));
        Assert.DoesNotContain("Anna", Log(one));
        // "an" matches Anna and Susan: the log is not shown until one is chosen, and the act filter is kept.
        var several = await admin.Submit(page, new() { ["member"] = "an" });
        Assert.Null(several.Document.QuerySelector(".log"));
        var link = several.Document.QuerySelectorAll(".notice a").Single(a => a.TextContent == "Susan").GetAttribute("href")!;
        Assert.Contains("action=members.open", link);
        var chosen = await admin.Get(link);
        Assert.Contains("opened the record of Susan", Log(chosen));
        Assert.DoesNotContain("Anna", Log(chosen));
        Assert.StartsWith("Susan #", chosen.Document.QuerySelector("#member")!.GetAttribute("value"));
        // Submitted again unchanged, it finds the same member.
        Assert.Contains("opened the record of Susan", Log(await admin.Submit(chosen, new() { ["action"] = "members.open" })));
        var none = await admin.Submit(page, new() { ["member"] = "Nobodyhere" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, none.Status);
        Assert.Contains("No member fits “Nobodyhere”", none.Document.QuerySelector("#member-error")!.TextContent);
        Assert.Null(none.Document.QuerySelector(".log"));
    }

    [Fact]
    public async Task Days_are_the_sites_and_what_cannot_be_is_told()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        // In New York it is still the previous evening.
        var late = new DateTime(2026, 3, 11, 2, 30, 0, DateTimeKind.Utc);
        await site.Db(async db =>
        {
            db.Audit.Add(
                new AuditRecord
                {
                    At = late,
                    Action = "themes.publish",
                    Purpose = "evening",
                }
            );
            return await db.SaveChangesAsync();
        });
        async Task<bool> Has(string query) => (await admin.Get("/staff/audit?" + query)).Text.Contains("evening");
        Assert.True(await Has("from=2026-03-10&to=2026-03-10"));
        Assert.False(await Has("from=2026-03-11"));
        Assert.False(await Has("to=2026-03-09"));
        foreach (
            var (query, field) in new[]
            {
                ("from=yesterday", "from"),
                ("from=2026-03-10&to=2026-03-09", "to"),
                ("action=no.such", "action"),
                ("actor=x", "actor"),
            }
        )
        {
            var page = await admin.Get("/staff/audit?" + query);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.NotNull(page.Document.QuerySelector($".error-summary a[href$='#{field}']"));
        }
    }

    [Fact]
    public async Task Conditions_stay_from_page_to_page()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await site.Db(async db =>
        {
            db.Audit.AddRange(
                Enumerable
                    .Range(0, 60)
                    .Select(i => new AuditRecord
                    {
                        At = site.Host.Clock.Now,
                        Action = i % 2 == 0 ? "themes.publish" : "themes.set",
                        Purpose = "no" + i,
                    })
            );
            db.Audit.AddRange(
                Enumerable
                    .Range(0, 60)
                    .Select(i => new AuditRecord
                    {
                        At = site.Host.Clock.Now,
                        Action = "themes.publish",
                        Purpose = "more" + i,
                    })
            );
            return await db.SaveChangesAsync();
        });
        var first = await admin.Get("/staff/audit?action=themes.publish&changes=only&from=2020-01-01");
        var next = first.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!;
        var second = await admin.Get(next);
        Assert.Equal(40, second.Document.QuerySelectorAll(".log > li").Length);
        Assert.DoesNotContain("changed the theme settings", second.Document.QuerySelector(".log")!.TextContent);
        Assert.True(
            second.Document.QuerySelector("#from")!.GetAttribute("value") == "2020-01-01"
                && second.Document.QuerySelector("input[name=changes]")!.HasAttribute("checked")
        );
    }

    [Fact]
    public async Task Records_say_from_what_to_what()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var anna = await Id(site, "Anna");
        var (open, circle) = await site.Db(async db =>
            (await db.Groups.SingleAsync(g => g.Key == "open"), await db.Groups.SingleAsync(g => g.Key == "circle"))
        );
        await admin.Submit($"/staff/members/{anna}", new() { ["role"] = "moderator" });
        await admin.Submit($"/staff/members/{anna}", new() { ["role"] = "" });
        await admin.Submit($"/staff/members/{anna}", new() { ["groups"] = circle.Id.ToString() });
        await admin.Submit("/staff/groups/open/edit", new() { ["Name"] = "Wide open", ["Description"] = "Said otherwise" });
        var general = await site.Db(db => db.Set<Community.Boards.Board>().SingleAsync(b => b.Key == "general"));
        await admin.Submit($"/staff/boards/{general.Id}", new() { ["name"] = "Everything", ["read"] = "Members" });
        var log = Log(await admin.Get("/staff/audit?changes=only"));
        Assert.Contains("role: Member without a staff role → Moderator", log);
        Assert.Contains("role: Moderator → Member without a staff role", log);
        Assert.Contains("joined: Circle · left: Open", log);
        Assert.Contains("name: Open → Wide open · description", log);
        Assert.Contains("name: General → Everything · who reads: Everyone, also visitors → Members", log);
    }

    [Fact]
    public async Task Neither_addresses_nor_the_words_of_a_suspension_stand_in_the_log_itself()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var anna = await Id(site, "Anna");
        await admin.Submit($"/staff/members/{anna}/edit", new() { ["Email"] = "anna@new.example", ["How"] = "mistake" });
        await admin.Submit($"/staff/members/{anna}", new() { ["reason"] = "Insulted Ben" });
        Assert.Contains("Insulted Ben", Log(await admin.Get("/staff/audit?changes=only")));
        // Identifying data is outside the log, so it can be erased; the log is sealed. The company's own contact identifies nobody.
        var rows = await site.Db(db => db.Audit.Where(r => r.Action != "settings.change").ToListAsync());
        Assert.DoesNotContain(
            rows,
            r => $"{r.Purpose} {r.Fields} {r.Changes}" is var words && (words.Contains("Insulted") || words.Contains('@'))
        );
        await site.Db(db => db.Suspensions.ExecuteDeleteAsync());
        var after = Log(await admin.Get("/staff/audit?changes=only"));
        Assert.DoesNotContain("Insulted", after);
        Assert.Contains("suspended Anna", after);
        Assert.Contains("e-mail address", after);
    }

    [Fact]
    public async Task Seals_from_before_changes_were_kept_still_fit_and_a_change_that_was_tampered_with_does_not()
    {
        var site = await host.NewSite();
        var before = new AuditRecord { Id = 1, Action = "groups.edit", Purpose = "Circle" };
        // The form in which such a record was sealed.
        Assert.Equal(
            """{"Id":1,"At":"0001-01-01T00:00:00","ActorId":null,"Action":"groups.edit","SubjectId":null,"Count":0,"Ids":null,"Fields":"","Purpose":"Circle"}""",
            System.Text.Json.JsonSerializer.Serialize(before)
        );
        var admin = await site.SignIn("admin");
        await admin.Submit("/staff/groups/open/edit", new() { ["Name"] = "Wide open" });
        var record = await site.Db(db => db.Audit.AsNoTracking().SingleAsync(a => a.Action == "groups.edit"));
        var whole = SealAudit.Chain("", [record]);
        record.Changes = record.Changes!.Replace("Wide", "Shut");
        Assert.NotEqual(whole, SealAudit.Chain("", [record]));
    }

    static string Log(Page page) =>
        string.Join(
            ' ',
            page.Document.QuerySelectorAll(".log > li")
                .Select(l => string.Join(' ', l.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
        );

    static Task<long> Id(TestSite site, string name) =>
        site.Db(db => db.Members.Where(m => m.Name == name).Select(m => m.Id).SingleAsync());
}
