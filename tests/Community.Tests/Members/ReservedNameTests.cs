using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>A name that was given up is nobody else's for a time.</summary>
[OnBothDatabases]
public sealed class ReservedNameTests(TestHost host)
{
    static Task<Page> Register(TestSite site, string name, string email) =>
        site.Visitor().Submit("/register", new() { ["Name"] = name, ["Email"] = email, ["Password"] = "a violet bicycle rests" });

    static Task<Page> Rename(Visitor member, string name) => member.Submit("/account", new() { ["Name"] = name, ["Bio"] = "" });

    [Fact]
    public async Task The_name_of_an_erased_or_renamed_member_goes_to_nobody_else_until_the_time_is_over()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var carla = await site.SignIn("carla");
        var anna = await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(anna)));
        var ben = await site.SignIn("ben");
        Assert.Equal("/account", (await Rename(ben, "Benjamin")).Url.AbsolutePath);
        // However it is spelled, at every door, for whoever it is.
        foreach (var (name, email) in new[] { ("Anna", "a1@example.com"), ("ＡＮＮＡ", "a2@example.com"), ("Ben", "b1@example.com") })
        {
            var page = await Register(site, name, email);
            Assert.Contains("not given out at present", page.Document.QuerySelector("#Name-error")!.TextContent);
        }
        Assert.Contains("not given out at present", (await Rename(carla, "Anna")).Text);
        var admin = await site.SignIn("admin");
        var added = await admin.Submit("/staff/members/new", new() { ["Name"] = "Ben", ["Email"] = "b2@example.com" });
        Assert.Contains("not given out at present", added.Text);
        // Who gave it up takes it back.
        Assert.Null((await Rename(ben, "Ben")).Document.QuerySelector("#Name-error"));
        // The row holds no name, and of the erased one nobody's number.
        var rows = await site.Db(db => db.ReservedNames.AsNoTracking().ToListAsync());
        Assert.Contains(rows, r => r.MemberId is null);
        Assert.DoesNotContain(rows, r => r.MemberId == anna);
        Assert.All(rows, r => Assert.Matches("^[0-9a-f]{64}$", r.Digest));
        own.Clock.Advance(TimeSpan.FromDays(181));
        await site.With<IServiceProvider, int>(async services =>
        {
            await ActivatorUtilities.CreateInstance<ForgetReservedNames>(services).Handle(new(), default);
            return 0;
        });
        Assert.Equal(0, await site.Db(db => db.ReservedNames.CountAsync()));
        Assert.True(await site.Db(db => db.RetentionRuns.AnyAsync(r => r.Rule == ForgetReservedNames.Rule)));
        Assert.Equal("/check-your-mail", (await Register(site, "Anna", "a1@example.com")).Url.AbsolutePath);
    }

    [Fact]
    public async Task A_name_that_several_bear_points_to_nobody_and_a_site_may_reserve_none()
    {
        var shared = await host.NewSite(r => r["members"]![1]!["name"] = "Anna");
        const string Settings = """{ "members": { "namesReserved": "0 days" } }""";
        var none = await host.NewSite(r => r["settings"] = System.Text.Json.Nodes.JsonNode.Parse(Settings));
        foreach (var site in new[] { shared, none })
        {
            var id = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
            Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(id)));
            Assert.Equal("/check-your-mail", (await Register(site, "Anna", "another@example.com")).Url.AbsolutePath);
        }
    }
}
