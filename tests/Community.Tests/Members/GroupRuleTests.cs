using System.Net;
using Community.Members;
using Community.Tests.Boards;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Groups by rule, hidden ones, limits and leaders.</summary>
[OnBothDatabases]
public sealed class GroupRuleTests(TestHost host)
{
    static Task<long> Id(TestSite site, string name) =>
        site.Db(db => db.Members.Where(m => m.Name == name).Select(m => m.Id).SingleAsync());

    /// <summary>A group whose rule is a segment of members with this name.</summary>
    static async Task<(long Group, long Segment)> Make(TestSite site, string named, Func<GroupFields, GroupFields>? with = null)
    {
        var admin = await site.Reader("admin");
        var chosen = Named(named);
        var segment = await site.With<SaveSegment, long?>(s => s.Make(admin, "Rule", chosen, false, new Problems(), default));
        var fields = new GroupFields("Ruled", "", Joining.Staff) { SegmentId = segment };
        var problems = new Problems();
        await site.With<SaveGroup, bool>(s => s.Create(admin, "ruled", with?.Invoke(fields) ?? fields, problems, default));
        Assert.Equal([], problems.All);
        return (await site.Db(db => db.Groups.Where(g => g.Key == "ruled").Select(g => g.Id).SingleAsync()), segment!.Value);
    }

    static Chosen Named(string name) => Chosen.By(OwnConditions.Name.With(new(name)));

    static Task Apply(TestSite site, long group) => site.Db(async db =>
    {
        await new ApplyGroupRules(db).Handle(new ApplyGroupRule(group), default);
        return 0;
    });

    static Task<List<string>> Inside(TestSite site, long group) => site.Db(async db =>
    {
        var rows = db.GroupMemberships.Where(g => g.GroupId == group && g.JoinedAt != null);
        return await db.Members.Where(m => rows.Any(r => r.MemberId == m.Id)).OrderBy(m => m.Name).Select(m => m.Name).ToListAsync();
    });

    static Task Rule(TestSite site, long segment, string named) => site.Db(async db =>
    {
        var json = Named(named).ToJson();
        return await db.Segments.Where(s => s.Id == segment).ExecuteUpdateAsync(s => s.SetProperty(x => x.ChosenJson, json));
    });

    [Fact]
    public async Task By_hand_and_by_rule_are_kept_apart_and_either_can_be_lifted()
    {
        var site = await host.NewSite();
        var (group, segment) = await Make(site, "Anna");
        var (admin, anna, ben) = (await site.Reader("admin"), await Id(site, "Anna"), await Id(site, "Ben"));
        await Apply(site, group);
        Assert.Equal(["Anna"], await Inside(site, group));
        // Taken out by hand, the rule does not bring her back, however often it runs.
        await site.With<Memberships, bool>(m => m.TakeOut(admin, group, anna, default));
        for (var i = 0; i < 2; i++) await Apply(site, group);
        Assert.Empty(await Inside(site, group));
        var page = await (await site.SignIn("admin")).Get("/staff/groups/ruled");
        Assert.Contains("Kept out by hand", page.Text);
        await site.With<Memberships, bool>(m => m.LiftExclusion(admin, group, anna, default));
        await Apply(site, group);
        Assert.Equal(["Anna"], await Inside(site, group));
        // Added by hand, Ben stays though the rule says no.
        await site.With<Memberships, bool>(m => m.Admit(admin, group, ben, default));
        await Apply(site, group);
        Assert.Equal(["Anna", "Ben"], await Inside(site, group));
        // The rule turns to Ben: he is in by both, she by none.
        await Rule(site, segment, "Ben");
        await Apply(site, group);
        Assert.Equal(["Ben"], await Inside(site, group));
        Assert.Contains("by hand and by rule", (await (await site.SignIn("admin")).Get("/staff/groups/ruled")).Text);
        await Rule(site, segment, "Anna");
        await Apply(site, group);
        Assert.Equal(["Anna", "Ben"], await Inside(site, group));
        Assert.Equal(2, await site.Db(db => db.Groups.Where(g => g.Id == group).Select(g => g.MemberCount).SingleAsync()));
    }

    [Fact]
    public async Task One_hourly_job_waits_while_a_group_has_a_rule_and_none_else()
    {
        var site = await host.NewSite();
        Task<int> Waiting() => site.Db(db => db.Work.CountAsync(w => w.Handler == ApplyGroupRules.Hourly));
        Task Daily() => site.Db(async db =>
        {
            await new ApplyGroupRules(db).Handle(new Tick(), default);
            return 0;
        });
        await Daily();
        Assert.Equal(0, await Waiting());
        var (group, _) = await Make(site, "Anna");
        for (var i = 0; i < 2; i++) await Apply(site, group);
        await Daily();
        Assert.Equal(1, await Waiting());
        // Without a rule it asks for itself no more. The site's own job for the new rule has to be over before.
        await TestSite.Until(
            () => site.Db(async db => !await db.Work.AnyAsync(w => w.Handler == "members.apply-group-rule")),
            "the new rule is applied"
        );
        await site.Db(async db =>
        {
            await db.Work.Where(w => w.Handler == ApplyGroupRules.Hourly).ExecuteDeleteAsync();
            await db.Groups.Where(g => g.Id == group).ExecuteUpdateAsync(s => s.SetProperty(g => g.SegmentId, (long?)null));
            await new ApplyGroupRules(db).Handle(new ApplyGroupRulesHourly(), default);
            return 0;
        });
        Assert.Equal(0, await Waiting());
    }

    [Fact]
    public async Task A_limit_holds_for_rule_hand_and_member()
    {
        var site = await host.NewSite();
        var (group, _) = await Make(site, "Anna", f => f with { MaxMembers = "1", Joining = Joining.Open });
        await Apply(site, group);
        var (admin, ben) = (await site.Reader("admin"), await Id(site, "Ben"));
        await Assert.ThrowsAsync<Refused>(() => site.With<Memberships, bool>(m => m.Admit(admin, group, ben, default)));
        var visitor = await site.SignIn("ben");
        Assert.Contains("Full", (await visitor.Get("/groups/ruled")).Text);
        Assert.Equal(["Anna"], await Inside(site, group));
        var page = await (await site.SignIn("admin")).Submit("/staff/groups/ruled/edit", new() { ["MaxMembers"] = "many" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("Enter a number", page.Text);
    }

    [Fact]
    public async Task A_hidden_group_is_none_for_others()
    {
        var site = await host.NewSite();
        var (group, _) = await Make(site, "Anna", f => f with { IsHidden = true, Joining = Joining.Open });
        await Apply(site, group);
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        Assert.Contains("Ruled", (await anna.Get("/groups")).Text);
        Assert.Equal(HttpStatusCode.OK, (await anna.Get("/groups/ruled")).Status);
        Assert.DoesNotContain("Ruled", (await ben.Get("/groups")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get("/groups/ruled")).Status);
        Assert.False(await site.With<Memberships, bool>(async m => await m.Join(await site.Reader("ben"), group, "", default)));
        // Who leaves it does not come back by the rule.
        await anna.Submit("/groups/ruled", [], "form[action$='/leave']");
        await Apply(site, group);
        Assert.Empty(await Inside(site, group));
    }

    [Fact]
    public async Task A_leader_decides_on_requests_of_their_own_group_alone()
    {
        var site = await host.NewSite();
        var admin = await site.Reader("admin");
        foreach (var key in new[] { "led", "other" })
            await site.With<SaveGroup, bool>(s => s.Create(admin, key, new(key, "", Joining.Request), new Problems(), default));
        var groups = await site.Db(db => db.Groups.ToDictionaryAsync(g => g.Key, g => g.Id));
        var (anna, ben) = (await Id(site, "Anna"), await Id(site, "Ben"));
        await site.With<Memberships, bool>(m => m.Admit(admin, groups["led"], anna, default));
        await site.With<Memberships, bool>(m => m.Lead(admin, groups["led"], anna, true, default));
        foreach (var key in new[] { "led", "other" })
            await site.With<Memberships, bool>(async m => await m.Join(await site.Reader("ben"), groups[key], "Please", default));
        var leader = await site.SignIn("anna");
        var page = await leader.Get("/groups/led");
        Assert.Contains("Please", page.Text);
        Assert.DoesNotContain("Please", (await leader.Get("/groups/other")).Text);
        var reader = await site.Reader("anna");
        await Assert.ThrowsAsync<Denied>(() => site.With<Memberships, bool>(m => m.Decide(reader, groups["other"], ben, true, default)));
        await leader.Submit(page, [], "form[action$='/admit']");
        Assert.Contains("Ben", await Inside(site, groups["led"]));
        await site.With<Memberships, bool>(m => m.Lead(admin, groups["led"], anna, false, default));
        Assert.DoesNotContain("Please", (await leader.Get("/groups/led")).Text);
    }
}
