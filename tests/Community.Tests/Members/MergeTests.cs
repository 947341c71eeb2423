using System.Net;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Members;

/// <summary>Two members become one: nothing is lost, the lower right and the stricter consent win, and it can be undone.</summary>
[OnBothDatabases]
public sealed class MergeTests(TestHost host)
{
    static Task<long> Id(TestSite site, string name) =>
        site.Db(db => db.Members.Where(m => m.Name == name).Select(m => m.Id).SingleAsync());

    static Task<long> Merge(TestSite site, Reader actor, long kept, long gone, params string[] fromGone) =>
        site.With<MergeMembers, long>(m => m.Merge(actor, kept, gone, fromGone.ToHashSet(), default));

    /// <summary>Every row of every table, but for the records of what was done.</summary>
    static Task<List<string>> Everything(TestSite site) => site.Db(async db =>
    {
        var all = new List<string>();
        string[] records = ["audit", "events", "event_cursors", "work", "consent_events", "member_merges", "sessions"];
        foreach (var type in db.Model.GetEntityTypes().Where(t => !records.Contains(t.GetTableName())))
        {
            var rows = (IQueryable<object>)typeof(DbContext).GetMethod("Set", [])!.MakeGenericMethod(type.ClrType).Invoke(db, [])!;
            foreach (var row in await rows.AsNoTracking().ToListAsync())
            {
                var stored = StoredRow.Of(type, row);
                // Both members sign in anew after an undo.
                stored.Remove("SecurityStamp");
                all.Add(type.GetTableName() + " " + System.Text.Json.JsonSerializer.Serialize(stored));
            }
        }
        all.Sort(StringComparer.Ordinal);
        return all;
    });

    /// <summary>Anna and Ben have one of everything, some of it both.</summary>
    async Task<(TestSite Site, Reader Admin, long Anna, long Ben)> Two()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        await anna.Start("general", "Mugs");
        await ben.Start("general", "Cups");
        await ben.Get(await anna.Start("general", "Bowls"));
        var (a, b, admin) = (await Id(site, "Anna"), await Id(site, "Ben"), await site.Reader("admin"));
        await site.Db(async db =>
        {
            var now = host.Clock.Now;
            var (circle, open) = (await db.Groups.SingleAsync(g => g.Key == "circle"), await db.Groups.SingleAsync(g => g.Key == "open"));
            // Anna asks, Ben is in; both are in the open group.
            db.GroupMemberships.Add(new() { GroupId = circle.Id, MemberId = a, RequestedAt = now, Message = "Please" });
            db.GroupMemberships.Add(new() { GroupId = circle.Id, MemberId = b, RequestedAt = now, JoinedAt = now });
            db.GroupMemberships.Add(new() { GroupId = open.Id, MemberId = b, RequestedAt = now, JoinedAt = now });
            (circle.MemberCount, open.MemberCount) = (circle.MemberCount + 1, open.MemberCount + 1);
            var tag = new Tag();
            tag.Rename("VIP");
            db.Tags.Add(tag);
            // Posts of a recipe have no form's key: no two are the same for that.
            await db.Posts.ExecuteUpdateAsync(p => p.SetProperty(x => x.FormKey, (Guid?)null));
            await db.SaveChangesAsync();
            db.MemberTags.AddRange(
                new MemberTag
                {
                    TagId = tag.Id,
                    MemberId = a,
                    At = now,
                },
                new()
                {
                    TagId = tag.Id,
                    MemberId = b,
                    At = now,
                }
            );
            db.MemberNotes.Add(
                new()
                {
                    MemberId = b,
                    At = now,
                    Text = "Prefers tea",
                }
            );
            return await db.SaveChangesAsync();
        });
        await site.EventsRead();
        return (site, admin, a, b);
    }

    [Fact]
    public async Task What_the_modules_list_is_taken_over_and_undone_everything_is_as_before()
    {
        var (site, admin, anna, ben) = await Two();
        var before = await Everything(site);
        var merge = await Merge(site, admin, anna, ben);
        await site.EventsRead();
        Assert.False(await site.Db(db => db.Members.AnyAsync(m => m.Id == ben)));
        Assert.Equal(3, await site.Db(db => db.Posts.CountAsync(p => p.AuthorId == anna)));
        Assert.Equal("Prefers tea", await site.Db(db => db.MemberNotes.Where(n => n.MemberId == anna).Select(n => n.Text).SingleAsync()));
        Assert.Single(await site.Db(db => db.MemberTags.Where(t => t.MemberId == anna).ToListAsync()));
        var groups = await site.Db(db => db.GroupMemberships.Include(g => g.Group).Where(g => g.MemberId == anna).ToListAsync());
        Assert.Equal(["circle", "open"], groups.Where(g => g.JoinedAt is not null).Select(g => g.Group.Key).Order());
        // No column of any table names the other any more, but for those that say who acted, and the logs.
        await site.Db(async db =>
        {
            foreach (
                var list in Community.Web.HostModules.All.SelectMany(m => m.PersonalData).Where(d => d.WhenMerged is not WhenMerged.Stays)
            )
                Assert.Equal((0, 0), await list.CountMerge(db, anna, ben, default));
            return 0;
        });
        Assert.True(await site.With<MergeMembers, bool>(m => m.Undo(admin, merge, default)));
        await site.EventsRead();
        Assert.Equal(before, await Everything(site));
        Assert.False(await site.With<MergeMembers, bool>(m => m.Undo(admin, merge, default)));
    }

    [Fact]
    public void Every_list_that_a_merge_takes_over_has_a_name_in_words()
    {
        var texts = host.Services.GetRequiredService<IStringLocalizer>();
        foreach (var (module, list) in Community.Web.HostModules.All
            .SelectMany(m => m.PersonalData.Where(d => d.WhenMerged is not WhenMerged.Stays), (m, d) => (m.Name, d.Name)))
            if (list is not null) Assert.NotEqual(list, MergePlan.NameOf(module, list, texts));
    }

    [Fact]
    public async Task The_stricter_consent_wins_and_both_logs_are_kept()
    {
        var (site, admin, anna, ben) = await Two();
        var (news, events) = await site.Db(async db => (
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync(),
            await db.MailKinds.Where(k => k.Key == "events").Select(k => k.Id).SingleAsync()
        ));
        await site.With<Consents, bool>(async c => { await c.Withdraw(ben, news, ConsentSource.Profile, ""); return true; });
        var logged = await site.Db(db => db.ConsentEvents.CountAsync(e => e.MemberId == anna || e.MemberId == ben));
        Task<bool> Gets(long kind) => site.Db(db => db.Members.MayReceive(kind).AnyAsync(m => m.Id == anna));
        Assert.True(await Gets(news));
        var merge = await Merge(site, admin, anna, ben);
        // Ben had withdrawn the news, and Anna had never agreed to events.
        Assert.False(await Gets(news));
        Assert.False(await Gets(events));
        Assert.Equal(logged + 1, await site.Db(db => db.ConsentEvents.CountAsync(e => e.MemberId == anna)));
        await site.With<MergeMembers, bool>(m => m.Undo(admin, merge, default));
        Assert.True(await Gets(news));
    }

    [Fact]
    public async Task A_complaint_of_the_other_stops_mail_to_the_kept_address_too()
    {
        var (site, admin, anna, ben) = await Two();
        await site.With<Suppress, bool>(async s => { await s.Address("ben@example.com", SuppressionReason.Complaint); return true; });
        var merge = await Merge(site, admin, anna, ben);
        Assert.Equal(2, await site.Db(db => db.Suppressions.CountAsync(s => s.Reason == SuppressionReason.Complaint)));
        await site.With<MergeMembers, bool>(m => m.Undo(admin, merge, default));
        Assert.Equal(1, await site.Db(db => db.Suppressions.CountAsync()));
    }

    [Theory]
    [InlineData("mod", "anna", null)]
    [InlineData("anna", "mod", null)]
    [InlineData("mod", "mailer", null)]
    public async Task The_lower_right_wins(string kept, string gone, string? role)
    {
        var site = await host.NewSite();
        var admin = await site.Reader("admin");
        var ids = await site.Db(db => db.Members.ToDictionaryAsync(m => m.Email!, m => m.Id));
        await Merge(site, admin, ids[kept + "@example.com"], ids[gone + "@example.com"]);
        Assert.Equal(
            role,
            await site.Db(db => db.Members.Where(m => m.Id == ids[kept + "@example.com"]).Select(m => m.Role).SingleAsync())
        );
    }

    [Fact]
    public async Task Nobody_merges_themselves_away_or_the_last_administrator_down()
    {
        var site = await host.NewSite();
        var admin = await site.Reader("admin");
        var anna = await Id(site, "Anna");
        await Assert.ThrowsAsync<Refused>(() => Merge(site, admin, anna, admin.Id!.Value));
        await Assert.ThrowsAsync<Refused>(() => Merge(site, admin, admin.Id!.Value, anna));
        await Assert.ThrowsAsync<Refused>(() => Merge(site, admin, anna, anna));
        await Assert.ThrowsAsync<Refused>(() => Merge(site, admin, anna, 4711));
        Assert.Equal(9, await site.Db(db => db.Members.CountAsync()));
    }

    [Fact]
    public async Task What_somebody_changed_since_stays_when_a_merge_is_undone()
    {
        var (site, admin, anna, ben) = await Two();
        var merge = await Merge(site, admin, anna, ben, "name");
        Assert.Equal("Ben", await site.Db(db => db.Members.Where(m => m.Id == anna).Select(m => m.Name).SingleAsync()));
        await site.Db(db => db.Members.Where(m => m.Id == anna).ExecuteUpdateAsync(s => s.SetProperty(m => m.Bio, "Later")));
        await (await site.SignIn("anna")).Start("general", "Plates");
        await site.With<MergeMembers, bool>(m => m.Undo(admin, merge, default));
        var kept = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Id == anna));
        Assert.Equal(("Anna", "Later"), (kept.Name, kept.Bio));
        Assert.Equal((3, 1), await site.Db(async db => (
            await db.Posts.CountAsync(p => p.AuthorId == anna), await db.Posts.CountAsync(p => p.AuthorId == ben))));
    }

    [Fact]
    public async Task The_page_lists_what_happens_before_it_does_and_undoes_it_by_a_button()
    {
        var (site, _, anna, ben) = await Two();
        var admin = await site.SignIn("admin");
        var page = await admin.Get($"/staff/members/{anna}/merge?with={ben}");
        Assert.Contains("Posts: 1 is taken over", page.Text);
        Assert.Contains("Tags: 1 is given up", page.Text.Replace("  ", " "));
        Assert.Contains("Both logs are kept", page.Text);
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Id == ben)));
        var done = await admin.Submit(page, new() { ["keep.name"] = "gone" }, "form:has(.button.danger)");
        Assert.Equal("Ben", done.Document.QuerySelector("h1")!.TextContent);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get($"/staff/members/{ben}")).Status);
        await admin.Submit(done, [], "form[action$='/undo']");
        Assert.Equal(HttpStatusCode.OK, (await admin.Get($"/staff/members/{ben}")).Status);
        Assert.Contains("same member", (await admin.Get($"/staff/members/{anna}/merge?with={anna}")).Text);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await admin.Get($"/staff/members/{anna}/merge?with=4711")).Status);
    }

    [Fact]
    public async Task Members_of_one_mailbox_are_listed_as_likely_duplicates()
    {
        var (site, _, anna, ben) = await Two();
        await site.Db(db => db.Members.Where(m => m.Id == ben).ExecuteUpdateAsync(s => s.SetProperty(m => m.AddressTwin, anna)));
        var page = await (await site.SignIn("admin")).Get("/staff/members/duplicates");
        Assert.NotNull(page.Document.QuerySelector($"a[href='/staff/members/{ben}/merge?with={anna}']"));
    }

    [Fact]
    public async Task After_two_weeks_a_merge_is_for_good()
    {
        var (site, admin, anna, ben) = await Two();
        var merge = await Merge(site, admin, anna, ben);
        await site.Db(db => db.MemberMerges.ExecuteUpdateAsync(s => s.SetProperty(m => m.At, host.Clock.Now.AddDays(-15))));
        Assert.False(await site.With<MergeMembers, bool>(m => m.Undo(admin, merge, default)));
        await site.With<SiteDb, bool>(async db => { await new ForgetMerges(db, host.Clock).Handle(new Tick(), default); return true; });
        Assert.Equal("", await site.Db(db => db.MemberMerges.Select(m => m.Data).SingleAsync()));
    }
}
