using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Kernel;

/// <summary>What has no reason to stay goes by itself, in time, and nothing else does.</summary>
[OnBothDatabases]
public sealed class RetentionTests
{
    const string Password = "a violet bicycle rests";

    [Fact]
    public async Task An_address_that_nobody_confirmed_is_forgotten_after_two_weeks_and_may_register_again()
    {
        await using var host = await TestHost.Start();
        var site = await host.NewSite(r => r["members"]![3]!["state"] = "unconfirmed");
        await Register(site, "dora@example.com");
        await Register(site, "erin@example.com");
        var group = await site.Db(db => db.Groups.Where(g => g.Key == "staffed").Select(g => g.Id).SingleAsync());
        var admin = await site.Reader("admin");
        await site.With<Memberships, bool>(async m => await m.Admit(admin, group, await IdOf(site, "erin@example.com"), default));
        await site.With<Memberships, bool>(async m => await m.Admit(admin, group, await IdOf(site, "anna@example.com"), default));
        // Newman of the recipe joined a day before.
        host.Clock.Advance(TimeSpan.FromDays(12.5));
        await Ran("members.forget-unconfirmed", host, site);
        Assert.Equal(["dora", "erin", "mod", "new"], await Unconfirmed(site));
        // Erin tries again.
        await Register(site, "erin@example.com");
        host.Clock.Advance(TimeSpan.FromDays(2));
        await Ran("members.forget-unconfirmed", host, site);
        Assert.Equal(["erin", "mod"], await Unconfirmed(site));
        Assert.Equal(1, await site.Db(db => db.PendingRegistrations.CountAsync()));
        Assert.Equal(2, await Count());
        host.Clock.Advance(TimeSpan.FromDays(15));
        await Ran("members.forget-unconfirmed", host, site);
        // A role is given by people: its owner may be long in coming.
        Assert.Equal(["mod"], await Unconfirmed(site));
        Assert.Equal((0, 1), (await site.Db(db => db.PendingRegistrations.CountAsync()), await Count()));
        await Register(site, "dora@example.com");
        Assert.Equal(["dora", "mod"], await Unconfirmed(site));

        Task<int> Count() => site.Db(db => db.Groups.Where(g => g.Id == group).Select(g => g.MemberCount).SingleAsync());
    }

    [Fact]
    public async Task Mails_and_sign_ins_go_after_their_time_however_many_and_what_waits_stays()
    {
        await using var host = await TestHost.Start();
        var site = await host.NewSite(r => r["settings"] = System.Text.Json.Nodes.JsonNode.Parse(
            """{ "site": { "systemMailKept": "5 days" }, "members": { "signInsKept": "20 days" } }"""
        ));
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        await TestSite.Until(() => site.Db(db => db.SystemMails.AnyAsync(l => l.State == SystemMailState.Sent)), "it is sent");
        await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = "wrong" });
        await site.Db(db =>
        {
            for (var i = 0; i < 1200; i++)
                db.SystemMails.Add(
                    new SystemMail
                    {
                        Kind = "test",
                        To = $"stranger{i}@example.com",
                        Subject = "",
                        Text = null,
                        Culture = "en",
                        State = i % 2 == 0 ? SystemMailState.Sent : SystemMailState.Failed,
                        CreatedAt = host.Clock.Now,
                        DueAt = host.Clock.Now,
                    }
                );
            return db.SaveChangesAsync();
        });
        host.Clock.Advance(TimeSpan.FromDays(4));
        await Ran("kernel.forget-mail", host, site);
        Assert.Equal(1201, await site.Db(db => db.SystemMails.CountAsync()));
        // One more, of today.
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "ben@example.com" });
        host.Clock.Advance(TimeSpan.FromDays(2));
        await Ran("kernel.forget-mail", host, site);
        Assert.Equal(["ben@example.com"], await site.Db(db => db.SystemMails.Select(l => l.To).ToListAsync()));
        Assert.NotEqual(0, await site.Db(db => db.SignIns.CountAsync()));
        host.Clock.Advance(TimeSpan.FromDays(16));
        await Ran("members.forget-sign-ins", host, site);
        Assert.Equal(0, await site.Db(db => db.SignIns.CountAsync()));
    }

    [Fact]
    public async Task The_words_of_a_deleted_post_stay_for_the_moderators_for_a_while_and_those_of_an_edited_one_stay()
    {
        await using var host = await TestHost.Start();
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "A topic");
        foreach (var number in new[] { 2, 3 })
        {
            await anna.Reply(topic, $"Words {number} of Anna");
            await anna.Submit($"{topic}/posts/{number}/edit", new() { ["text"] = $"Other words {number} of Anna" });
        }
        await anna.Submit($"{topic}/posts/3/delete", [], "form.form-actions");
        Assert.Equal(3, await site.Db(db => db.PostVersions.CountAsync()));
        host.Clock.Advance(TimeSpan.FromDays(29));
        await Ran("boards.forget-deleted-posts", host, site);
        Assert.Contains("Other words 3", (await (await site.SignIn("mod")).Get($"{topic}/posts/3/history")).Text);
        host.Clock.Advance(TimeSpan.FromDays(2));
        await Ran("boards.forget-deleted-posts", host, site);
        var mod = await site.SignIn("mod");
        Assert.Contains("no longer kept", (await mod.Get($"{topic}/posts/3/history")).Text);
        Assert.Contains("Words 2 of Anna", (await mod.Get($"{topic}/posts/2/history")).Text);
    }

    /// <summary>The site's own queue has done the job of today.</summary>
    static Task Ran(string name, TestHost host, TestSite site) =>
        TestSite.Until(() => site.Db(db => db.Work.AnyAsync(w => w.Handler == name && w.DueAt > host.Clock.Now)), $"{name} is done");

    static Task<Page> Register(TestSite site, string email) =>
        site.Visitor()
            .Submit(
                "/register",
                new()
                {
                    ["Name"] = "Dora",
                    ["Email"] = email,
                    ["Password"] = Password,
                }
            );

    static Task<long> IdOf(TestSite site, string email) =>
        site.Db(db => db.Members.Where(m => m.Email == email).Select(m => m.Id).SingleAsync());

    static async Task<List<string>> Unconfirmed(TestSite site) =>
        [
            .. (await site.Db(db => db.Members.Of(MemberState.Unconfirmed).Select(m => m.Email!).ToListAsync()))
                .Select(e => e.Split('@')[0])
                .Order(),
        ];
}
