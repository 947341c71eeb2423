using System.Net;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>A mailing's audience when what it refers to has been deleted; and matching members who do not get it.</summary>
[OnBothDatabases]
public sealed class AudienceTests(TestHost host)
{
    const string Edit = "form:has([name='Form.Subject'])";

    static Task<long> Group(TestSite site, string key) => site.Db(db => db.Groups.Where(g => g.Key == key).Select(g => g.Id).SingleAsync());

    static async Task Delete(TestSite site, string key) =>
        await (await site.SignIn("admin")).Submit($"/staff/groups/{key}/edit", [], $"form[action='/staff/groups/{key}/delete']");

    /// <summary>A mailing to the group "open", which is then deleted.</summary>
    async Task<(TestSite Site, Visitor Mailer, long Id, long Group)> Lost(bool reserved)
    {
        var site = await host.NewSite();
        var (mailer, group) = (await site.SignIn("mailer"), await Group(site, "open"));
        var local = reserved ? site.Site.ToLocal(host.Clock.Now.AddDays(3)) : (DateTime?)null;
        Dictionary<string, string> also = new() { ["Form.c0-key"] = "members.groups", ["Form.c0-group"] = group.ToString() };
        if (!reserved) also["Form.Then"] = "save";
        var page = await mailer.Write("For the open group", "x", local, also);
        if (reserved) await mailer.Submit(page, [], "form:has(input[name=Rev])");
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        await Delete(site, "open");
        return (site, mailer, id, group);
    }

    [Fact]
    public async Task A_deleted_group_stays_a_condition_that_nobody_fits_until_a_person_chooses_anew()
    {
        var (site, mailer, id, group) = await Lost(reserved: false);
        var edit = await mailer.Get($"/staff/mailings/{id}/edit");
        Assert.Contains(
            "a deleted group",
            edit.Document.QuerySelector($"label:has(input[name='Form.c0-group'][value='{group}'][checked])")!.TextContent
        );
        // Editing the text does not change the audience.
        var confirm = await mailer.Submit(edit, new() { ["Form.Text"] = "y", ["Form.Then"] = "confirm" }, Edit);
        Assert.Equal([group], OwnConditions.GroupsIn((await site.Mailing(id)).Audience.Chosen));
        Assert.Equal("0", confirm.Document.QuerySelector(".figures dd")!.TextContent);
        Assert.Contains("was deleted. Choose anew", confirm.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.NotNull(confirm.Document.QuerySelector(".error-summary a[href$='/edit#Form.c-']"));
        await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
        Assert.Contains("are in a deleted group", (await mailer.Get($"/staff/mailings/{id}")).Text);
        // With a new audience chosen, it can be sent.
        await mailer.Submit(
            $"/staff/mailings/{id}/edit",
            new()
            {
                ["Form.c0-key"] = "members.groups",
                ["Form.c0-group"] = (await Group(site, "circle")).ToString(),
                ["Form.Then"] = "save",
            },
            Edit
        );
        Assert.Equal([await Group(site, "circle")], OwnConditions.GroupsIn((await site.Mailing(id)).Audience.Chosen));
    }

    [Fact]
    public async Task What_is_reserved_for_a_group_is_named_before_it_is_deleted_and_then_waits_for_a_person()
    {
        var site = await host.NewSite();
        var (mailer, admin, group) = (await site.SignIn("mailer"), await site.SignIn("admin"), await Group(site, "open"));
        var id = await mailer.Reserve(
            "For the open group",
            "x",
            site.Site.ToLocal(host.Clock.Now.AddDays(3)),
            new() { ["Form.c0-key"] = "members.groups", ["Form.c0-group"] = group.ToString() }
        );
        var before = await admin.Get("/staff/groups/open/edit");
        Assert.Contains("1 reserved mailing is for this group", before.Document.QuerySelector("details .notice")!.TextContent);
        Assert.Equal("For the open group", before.Document.QuerySelector($"details a[href='/staff/mailings/{id}']")!.TextContent);
        Assert.Null((await admin.Get("/staff/groups/circle/edit")).Document.QuerySelector("details .notice"));
        await admin.Submit(before, [], "form[action='/staff/groups/open/delete']");
        await site.Until(id, MailingState.Overdue);
        var page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("was deleted, so it does not go out by itself", page.Document.QuerySelector(".notice.danger")!.TextContent);
        Assert.Null(page.Document.QuerySelector("form[action$='/send-late']"));
        Assert.Contains("Not started", (await mailer.Get("/staff/mailings?state=waiting")).Text);
        // Saved from the form, it is a draft for the same deleted group, and the confirmation page says why it cannot be sent.
        var confirm = await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.Then"] = "confirm" }, Edit);
        Assert.Contains("Choose anew", confirm.Document.QuerySelector(".error-summary")!.TextContent);
        var draft = await site.Mailing(id);
        Assert.Equal((MailingState.Draft, group), (draft.State, Assert.Single(OwnConditions.GroupsIn(draft.Audience.Chosen))));
    }

    [Fact]
    public async Task A_copy_is_for_nobody_else_than_what_it_was_made_from()
    {
        var (site, mailer, id, group) = await Lost(reserved: true);
        await site.Until(id, MailingState.Overdue);
        var stopped = await mailer.Press(id, "cancel");
        var copy = await mailer.Submit(stopped, [], "form[action$='/copy']");
        await mailer.Submit(copy, new() { ["Form.When"] = "now", ["Form.Then"] = "save" }, Edit);
        var made = await site.Db(db => db.Mailings.OrderByDescending(m => m.Id).FirstAsync());
        Assert.NotEqual(id, made.Id);
        Assert.Equal([group], OwnConditions.GroupsIn(made.Audience.Chosen));
        Assert.Equal(0, await site.Db(async db => await (await Audience.Receivers(made, db)).CountAsync()));
    }

    [Fact]
    public async Task A_start_whose_group_is_gone_sends_to_nobody_and_says_so_whoever_deleted_it()
    {
        var site = await host.NewSite();
        var (mailer, group) = (await site.SignIn("mailer"), await Group(site, "open"));
        var id = await mailer.Reserve(
            "x",
            "x",
            site.Site.ToLocal(host.Clock.Now.AddDays(3)),
            new() { ["Form.c0-key"] = "members.groups", ["Form.c0-group"] = group.ToString() }
        );
        // Deleted without an event, as by hand in the database.
        await site.Db(async db =>
            await db.GroupMemberships.Where(g => g.GroupId == group).ExecuteDeleteAsync()
            + await db.Groups.Where(g => g.Id == group).ExecuteDeleteAsync()
        );
        await site.Db(db =>
            db.Mailings.Where(m => m.Id == id)
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.StartAt, DateTime.UtcNow).SetProperty(m => m.LocalTime, (string?)null))
        );
        await site.With<AdvanceMailings, DueMailings>(advance => advance.Run(TestContext.Current.CancellationToken));
        Assert.Equal(
            (MailingState.Overdue, StopReason.AudienceDeleted),
            await site.Db(async db =>
                await db
                    .Mailings.Where(m => m.Id == id)
                    .Select(m => new ValueTuple<MailingState, StopReason?>(m.State, m.StopReason))
                    .SingleAsync()
            )
        );
    }

    [Fact]
    public async Task A_group_that_goes_while_its_members_are_looked_up_halts_the_mailing()
    {
        var site = await host.NewSite();
        var (mailer, group) = (await site.SignIn("mailer"), await Group(site, "open"));
        var id = await mailer.Reserve(
            "x",
            "x",
            site.Site.ToLocal(host.Clock.Now.AddDays(3)),
            new() { ["Form.c0-key"] = "members.groups", ["Form.c0-group"] = group.ToString() }
        );
        await site.Db(async db =>
            await db.GroupMemberships.Where(g => g.GroupId == group).ExecuteDeleteAsync()
            + await db.Groups.Where(g => g.Id == group).ExecuteDeleteAsync()
        );
        await site.Db(db =>
            db.Mailings.Where(m => m.Id == id)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(m => m.State, MailingState.Expanding)
                        .SetProperty(m => m.StartedAt, DateTime.UtcNow)
                        .SetProperty(m => m.Content, "{}")
                        .SetProperty(m => m.Salt, new byte[16])
                )
        );
        await site.With<AdvanceMailings, DueMailings>(advance => advance.Run(TestContext.Current.CancellationToken));
        Assert.Equal(MailingState.Suspended, (await site.Mailing(id)).State);
        Assert.False((await site.Mailing(id)).CanResume);
    }

    [Fact]
    public async Task A_kind_of_mail_that_is_gone_stays_a_condition_too()
    {
        var site = await host.NewSite();
        var (mailer, kinds) = (await site.SignIn("mailer"), await site.Db(db => db.MailKinds.ToDictionaryAsync(k => k.Key, k => k.Id)));
        await mailer.Write(
            "x",
            "x",
            also: new()
            {
                ["Form.c0-key"] = "members.consent",
                ["Form.c0-consent"] = kinds["events"].ToString(),
                ["Form.Then"] = "save",
            }
        );
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        await site.Db(db => db.MailKinds.Where(k => k.Key == "events").ExecuteDeleteAsync());
        var confirm = await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.Text"] = "y", ["Form.Then"] = "confirm" }, Edit);
        Assert.Contains($"\"kind\":{kinds["events"]}", (await site.Mailing(id)).AudienceJson);
        Assert.Contains("Choose anew", confirm.Document.QuerySelector(".error-summary")!.TextContent);
        // Its own kind is never silently replaced by the first in the list.
        await site.Db(db => db.MailKinds.ExecuteUpdateAsync(s => s.SetProperty(k => k.Id, k => k.Id + 100)));
        var edit = await mailer.Get($"/staff/mailings/{id}/edit");
        Assert.Equal("a deleted kind of mail", edit.Document.QuerySelector("select[name='Form.Kind'] option[selected]")!.TextContent);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await mailer.Submit(edit, new() { ["Form.Then"] = "save" }, Edit)).Status);
    }

    [Fact]
    public async Task Who_fits_and_may_not_receive_it_is_listed_with_the_reason_and_recorded_and_the_numbers_stay()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await site.Db(db =>
            db.Members.Where(m => m.Email == "ben@example.com")
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.MailStoppedAt, DateTime.UtcNow.AddDays(1)))
        );
        await site.AddReaders(2);
        await site.Db(async db =>
        {
            db.Suppressions.Add(new Suppression { AddressHash = "hash1", Reason = SuppressionReason.Bounce, At = DateTime.UtcNow });
            return await db.SaveChangesAsync();
        });
        var confirm = await mailer.Write("x", "x");
        var list = await mailer.Get(confirm.Document.QuerySelector(".figures a")!.GetAttribute("href")!);
        string Row(string name) =>
            list.Document.QuerySelectorAll("tbody tr").Single(r => r.QuerySelector("th")!.TextContent == name).TextContent;
        Assert.Contains("Stopped all direct mail", Row("Ben"));
        Assert.Contains("Did not agree", Row("Carla"));
        Assert.Contains("Suspended", Row("Susan"));
        Assert.Contains("Address not confirmed", Row("Newman"));
        Assert.Contains("Address undeliverable", Row("Reader 1"));
        var shown = list.Document.QuerySelectorAll("tbody tr").Length;
        Assert.Equal(shown.ToString(), confirm.Document.QuerySelector(".figures a")!.TextContent);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.without" && a.Count == shown)));
        var one = await mailer.Get(list.Document.QuerySelector(".bar-list a[href*=bounce]")!.GetAttribute("href")!);
        Assert.Equal("Reader 1", one.Document.QuerySelector("tbody th")!.TextContent);
        var page = await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        var id = long.Parse(page.Url.Segments[^1]);
        await site.Until(id, MailingState.Finished);
        var result = (await mailer.Get($"/staff/mailings/{id}")).Document.QuerySelector("section[aria-labelledby=why]")!.TextContent;
        foreach (
            var reason in new[]
            {
                "Stopped all direct mail",
                "Did not agree",
                "Suspended",
                "Address not confirmed",
                "Address undeliverable",
            }
        )
            Assert.Contains(reason, result);
    }
}
