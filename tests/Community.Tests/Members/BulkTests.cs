using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Acts on all found members: in steps, stopped, resumed, undone, and one record each.</summary>
[OnBothDatabases]
public sealed class BulkTests(TestHost host)
{
    const string ByTag = "form:has([name=tag])", ByGroup = "form:has([name=group])", Suspending = "form:has([name=reason])";

    async Task<(TestSite Site, Visitor Admin)> Many(int members)
    {
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            for (var i = 0; i < members; i++)
            {
                var member = Member.Create($"Many {i}", EmailAddress.Parse($"many{i}@example.com"), host.Clock.Now);
                (member.AddressHash, member.ConfirmedAt) = ("many" + i, host.Clock.Now);
                db.Members.Add(member);
            }
            var tag = new Tag { CreatedAt = host.Clock.Now };
            tag.Rename("VIP");
            db.Tags.Add(tag);
            return await db.SaveChangesAsync();
        });
        return (site, await site.SignIn("admin"));
    }

    static async Task<long> Begin(Visitor admin, string search, string form, Dictionary<string, string> fields)
    {
        var found = await admin.Get("/staff/members?" + search);
        var page = await admin.Get(found.Document.QuerySelector("a[href^='/staff/members/acts/new']")!.GetAttribute("href")!);
        var begun = await admin.Submit(page, fields, form);
        Assert.True(long.TryParse(begun.Url.Segments[^1], out var id), $"{begun.Status} {begun.Text}");
        return id;
    }

    static Task Until(TestSite site, long act, BulkState state) =>
        TestSite.Until(() => site.Db(db => db.BulkActs.AnyAsync(a => a.Id == act && a.State == state)), $"the act is {state}");

    static Task<bool> Work(TestSite site, Func<BulkWork, Task<bool>> work) =>
        site.With<IServiceProvider, bool>(s => work(ActivatorUtilities.CreateInstance<BulkWork>(s)));

    static Task<BulkAct> Act(TestSite site, long id) => site.Db(db => db.BulkActs.AsNoTracking().SingleAsync(a => a.Id == id));

    [Fact]
    public async Task All_found_members_are_tagged_and_untouched_ones_are_told_apart_and_it_is_undone_as_one()
    {
        var (site, admin) = await Many(450);
        var tag = await site.Db(db => db.Tags.Select(t => t.Id).SingleAsync());
        var first = await site.Db(db => db.Members.Where(m => m.Name == "Many 0").Select(m => m.Id).SingleAsync());
        await admin.Submit($"/staff/members/{first}", new() { ["tags"] = $"{tag}" }, $"form[action$='/{first}/tags']");
        var before = await site.Db(db => db.Audit.CountAsync());
        var id = await Begin(admin, "q=many", ByTag, new() { ["tag"] = $"{tag}", ["kind"] = "Tag" });
        await Until(site, id, BulkState.Done);
        var act = await Act(site, id);
        Assert.Equal((450, 449, 1, 0), (act.Expected, act.Changed, act.Unchanged, act.Refused));
        Assert.Equal(450, await site.Db(db => db.MemberTags.CountAsync()));
        var page = await admin.Get(act.Url);
        Assert.Equal(["449", "1", "0"], page.Document.QuerySelectorAll(".figures dd").Select(d => d.TextContent));
        // The search's page, the act's beginning and its end: not a row for each member.
        Assert.True(await site.Db(db => db.Audit.CountAsync()) - before < 6);
        Assert.Equal(449, await site.Db(db => db.Audit.Where(a => a.Action == "members.bulk-done").Select(a => a.Count).SingleAsync()));
        // What somebody changed since stays: one tag was taken off, and put on again.
        var other = await site.Db(db => db.Members.Where(m => m.Name == "Many 1").Select(m => m.Id).SingleAsync());
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        foreach (var value in new[] { "0", $"{tag}" })
            await site.With<SaveTags, bool>(async s => await s.Set(await site.Reader("admin"), other, [long.Parse(value)], default));
        await admin.Submit(page, [], "form[action$='/undo']");
        await Until(site, id, BulkState.Undone);
        act = await Act(site, id);
        Assert.Equal((448, 1), (act.Undone, act.Left));
        Assert.Equal([first, other], await site.Db(db => db.MemberTags.Select(t => t.MemberId).Order().ToListAsync()));
        // Undone once, it is not undone again.
        Assert.Null((await admin.Get(act.Url)).Document.QuerySelector("form[action$='/undo']"));
    }

    [Fact]
    public async Task Members_are_put_into_a_group_and_taken_out_again_and_the_groups_count_is_right()
    {
        var (site, admin) = await Many(30);
        var group = await site.Db(db => db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync());
        Task<(int, int)> Count() => site.Db(async db => (
            await db.Groups.Where(g => g.Id == group).Select(g => g.MemberCount).SingleAsync(),
            await db.GroupMemberships.CountAsync(g => g.GroupId == group && g.JoinedAt != null)
        ));
        var id = await Begin(admin, "q=many", ByGroup, new() { ["group"] = $"{group}", ["kind"] = "AddToGroup" });
        await Until(site, id, BulkState.Done);
        Assert.Equal((31, 31), await Count());
        var joined = await site.Db(db =>
            db.GroupMemberships.Where(g => g.GroupId == group).OrderBy(g => g.MemberId).Select(g => g.JoinedAt).ToListAsync()
        );
        var out2 = await Begin(admin, $"group={group}", ByGroup, new() { ["group"] = $"{group}", ["kind"] = "TakeOutOfGroup" });
        await Until(site, out2, BulkState.Done);
        Assert.Equal((0, 0), await Count());
        await admin.Submit($"/staff/members/acts/{out2}", [], "form[action$='/undo']");
        await Until(site, out2, BulkState.Undone);
        Assert.Equal((31, 31), await Count());
        Assert.Equal(
            joined,
            await site.Db(db =>
                db.GroupMemberships.Where(g => g.GroupId == group).OrderBy(g => g.MemberId).Select(g => g.JoinedAt).ToListAsync()
            )
        );
        await admin.Submit($"/staff/members/acts/{id}", [], "form[action$='/undo']");
        await Until(site, id, BulkState.Undone);
        Assert.Equal((1, 1), await Count());
    }

    [Fact]
    public async Task Suspending_many_leaves_staff_alone_and_says_so()
    {
        var (site, admin) = await Many(3);
        var id = await Begin(admin, "", Suspending, new() { ["reason"] = "Closed", ["kind"] = "Suspend" });
        await Until(site, id, BulkState.Done);
        var act = await Act(site, id);
        // Of the recipe: anna, ben, carla and new; susan is suspended already, and four are staff.
        Assert.Equal((7, 1, 4), (act.Changed, act.Unchanged, act.Refused));
        Assert.Contains("is staff", (await admin.Get(act.Url)).Text);
        Assert.Equal(8, await site.Db(db => db.Members.CountAsync(m => m.SuspendedAt != null)));
        await admin.Submit(act.Url, [], "form[action$='/undo']");
        await Until(site, id, BulkState.Undone);
        Assert.Equal(["Susan"], await site.Db(db => db.Members.Where(m => m.SuspendedAt != null).Select(m => m.Name).ToListAsync()));
        Assert.Equal(7, await site.Db(db => db.Suspensions.CountAsync(s => s.LiftedAt != null)));
    }

    [Fact]
    public async Task Half_way_it_is_stopped_and_goes_on_where_it_was()
    {
        var (site, admin) = await Many(450);
        var tag = await site.Db(db => db.Tags.Select(t => t.Id).SingleAsync());
        var reader = await site.Reader("admin");
        var act = new BulkAct
        {
            FormKey = Guid.NewGuid(),
            Kind = BulkKind.Tag,
            TargetId = tag,
            StartedBy = reader.Id!.Value,
            At = host.Clock.Now,
            Expected = 450,
            LastId = long.MaxValue,
            Chosen = Chosen.By(OwnConditions.Name.With(new("many"))),
        };
        await site.Db(db => { db.BulkActs.Add(act); return db.SaveChangesAsync(); });
        // One step, then the button.
        Assert.True(await Work(site, w => w.Next(new(act.Id), false, default)));
        await admin.Submit(act.Url, [], "form[action$='/stop']");
        Assert.False(await Work(site, w => w.Next(new(act.Id), false, default)));
        act = await Act(site, act.Id);
        Assert.Equal((BulkState.Stopped, BulkWork.Step), (act.State, act.Changed));
        Assert.Equal(BulkWork.Step, await site.Db(db => db.MemberTags.CountAsync()));
        await admin.Submit(act.Url, [], "form[action$='/resume']");
        await Until(site, act.Id, BulkState.Done);
        Assert.Equal(
            (450, 0),
            await site.Db(db => db.BulkActs.Select(a => new ValueTuple<int, int>(a.Changed, a.Unchanged)).SingleAsync())
        );
        Assert.Equal(450, await site.Db(db => db.MemberTags.CountAsync()));
        // Run once more, as after a process that died behind its last commit, it changes nothing.
        await Work(site, async w => { await w.Handle(new(act.Id), default); return true; });
        Assert.Equal(450, (await Act(site, act.Id)).Changed);
    }

    [Fact]
    public async Task Whoever_lost_the_right_meanwhile_does_nothing_more()
    {
        var (site, _) = await Many(3);
        var reader = await site.Reader("admin");
        var tag = await site.Db(db => db.Tags.Select(t => t.Id).SingleAsync());
        await site.Db(db => db.Members.Where(m => m.Id == reader.Id).ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, (string?)null)));
        var act = new BulkAct
        {
            FormKey = Guid.NewGuid(),
            Kind = BulkKind.Tag,
            TargetId = tag,
            StartedBy = reader.Id!.Value,
            LastId = 999,
            At = host.Clock.Now,
        };
        await site.Db(db =>
        {
            db.BulkActs.Add(act);
            return db.SaveChangesAsync();
        });
        await Work(
            site,
            async w =>
            {
                await w.Handle(new(act.Id), default);
                return true;
            }
        );
        Assert.Equal(
            (BulkState.Stopped, "staff.bulk.stopped.right"),
            ((await Act(site, act.Id)).State, (await Act(site, act.Id)).StopText)
        );
        Assert.Equal(0, await site.Db(db => db.MemberTags.CountAsync()));
    }

    [Fact]
    public async Task After_two_weeks_whom_an_act_was_for_is_forgotten()
    {
        var (site, admin) = await Many(3);
        var tag = await site.Db(db => db.Tags.Select(t => t.Id).SingleAsync());
        var id = await Begin(admin, "q=many", ByTag, new() { ["tag"] = $"{tag}", ["kind"] = "Tag" });
        await Until(site, id, BulkState.Done);
        await site.Db(db => db.BulkActs.ExecuteUpdateAsync(s => s.SetProperty(a => a.At, a => host.Clock.Now.AddDays(-15))));
        await site.With<SiteDb, bool>(async db => { await new ForgetBulkActs(db, host.Clock).Handle(new Tick(), default); return true; });
        Assert.Equal(0, await site.Db(db => db.BulkActMembers.CountAsync()));
        var act = await Act(site, id);
        Assert.Equal(("{}", 3), (act.ChosenJson, act.Changed));
        Assert.Null((await admin.Get(act.Url)).Document.QuerySelector("form[action$='/undo']"));
        Assert.False(await site.With<DoInBulk, bool>(async b => await b.Undo(await site.Reader("admin"), id, default)));
    }
}
