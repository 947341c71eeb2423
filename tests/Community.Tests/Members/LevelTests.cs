using System.Net;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Roles as sets of permissions.</summary>
[OnBothDatabases]
public sealed class LevelTests(TestHost host)
{
    static RoleFields Fields(string name, params string[] permissions) =>
        new(Translations.Of(l => l == "en" ? name : null), permissions.ToHashSet());

    static Task<long> Id(TestSite site, string name) =>
        site.Db(db => db.Members.Where(m => m.Name == name).Select(m => m.Id).SingleAsync());

    static async Task<string> Make(TestSite site, string name, params string[] permissions)
    {
        var (admin, problems) = (await site.Reader("admin"), new Problems());
        var key = await site.With<SaveRole, string?>(s => s.Create(admin, Fields(name, permissions), problems));
        Assert.Equal([], problems.All);
        return key!;
    }

    [Fact]
    public async Task A_role_of_the_sites_own_is_made_given_and_changed_and_holds_at_once()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await admin.Submit(
            "/staff/roles/new",
            new() { ["name.en"] = "Groups desk", ["Permissions"] = MembersPermissions.Groups }
        );
        Assert.True(page.Text.Contains("Groups desk"), page.Document.QuerySelector(".error-summary")?.TextContent);
        var key = await site.Db(db => db.StaffRoles.Select(r => r.Key).SingleAsync());
        var anna = await Id(site, "Anna");
        await admin.Submit($"/staff/members/{anna}", new() { ["role"] = key });
        var visitor = await site.SignIn("anna");
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get("/staff/groups/new")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await visitor.Get("/staff/members")).Status);
        Assert.Contains("Groups desk", (await admin.Get($"/staff/members/{anna}")).Text);
        // At the next request of the session that is open.
        await admin.Submit($"/staff/roles/{key}", new() { ["Permissions"] = MembersPermissions.MailKinds });
        Assert.Equal(HttpStatusCode.Forbidden, (await visitor.Get("/staff/groups/new")).Status);
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get("/staff/mail-kinds")).Status);
        var log = (await admin.Get("/staff/audit?action=members.role-edit")).Document.QuerySelector(".log")!.TextContent;
        Assert.Contains("may now: Keep the kinds of mail", log);
        Assert.Contains("may no longer: Make and change groups", log);
    }

    [Fact]
    public async Task A_role_of_the_modules_is_narrowed_inside_acts_too_and_goes_back_to_what_is_usual()
    {
        var site = await host.NewSite();
        var (admin, mod) = (await site.SignIn("admin"), await site.Reader("mod"));
        await site.With<SaveRole, bool>(async s =>
            await s.Change(await site.Reader("admin"), Roles.Moderator, Fields("", BoardsPermissions.Moderate), null, new Problems()));
        // The reader is as old as its request: the act asks the database.
        var anna = await Id(site, "Anna");
        await Assert.ThrowsAsync<Denied>(() => site.With<MemberRoles, bool>(r => r.Suspend(mod, anna, "Why")));
        Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn("mod")).Get("/staff/members")).Status);
        await admin.Submit($"/staff/roles/{Roles.Moderator}", [], "form[action$='/delete']");
        Assert.True(await site.With<MemberRoles, bool>(r => r.Suspend(mod, anna, "Why")));
    }

    [Fact]
    public async Task Nobody_gives_more_than_they_have_or_reaches_an_administrators_account()
    {
        var site = await host.NewSite();
        var key = await Make(site, "Personnel", MembersPermissions.Roles, MembersPermissions.Edit, MembersPermissions.Suspend);
        var (anna, ben, boss) = (await Id(site, "Anna"), await Id(site, "Ben"), await Id(site, "Admin"));
        var web = await site.Db(db => db.Members.Where(m => m.Role == Roles.Webmaster).Select(m => m.Id).SingleAsync());
        await site.With<MemberRoles, bool>(async r => await r.Give(await site.Reader("admin"), anna, key));
        var reader = await site.With<PresentReader, Reader>(p => p(new(anna, "", "", new HashSet<long>(), new HashSet<string>())));
        Assert.True(reader.May(MembersPermissions.Roles));
        await Assert.ThrowsAsync<Refused>(() => site.With<MemberRoles, bool>(r => r.Give(reader, ben, Roles.Administrator)));
        await Assert.ThrowsAsync<Refused>(() => site.With<MemberRoles, bool>(r => r.Give(reader, ben, Roles.Webmaster)));
        Assert.True(await site.With<MemberRoles, bool>(r => r.Give(reader, ben, key)));
        var problems = new Problems();
        var wide = Fields("", MembersPermissions.Email);
        await site.With<SaveRole, bool>(s => s.Change(reader, Roles.Moderator, wide, null, problems));
        Assert.Contains("You cannot give or take", problems["Permissions"]);
        await Assert.ThrowsAsync<Denied>(() => site.With<SaveRole, bool>(s =>
            s.Change(reader, Roles.Administrator, wide, null, new Problems())));
        await Assert.ThrowsAsync<Denied>(() => site.With<MemberRoles, bool>(r => r.Suspend(reader, web, "Why")));
        // An address of their own, and the password would follow.
        var page = await (await site.SignIn("anna")).Submit($"/staff/members/{boss}/edit", new() { ["Email"] = "mine@example.com" });
        Assert.Contains("may more than you", page.Text);
        Assert.Equal("admin@example.com", await site.Db(db => db.Members.Where(m => m.Id == boss).Select(m => m.Email).SingleAsync()));
    }

    [Fact]
    public async Task Of_edits_of_a_role_at_once_one_is_saved_and_the_others_are_told()
    {
        var site = await host.NewSite();
        var admin = await site.Reader("admin");
        foreach (var key in new[] { Roles.Moderator, await Make(site, "Desk", MembersPermissions.Groups) })
        {
            var seen = (await site.Db(db => db.StaffRoles.AsNoTracking().FirstOrDefaultAsync(r => r.Key == key)))?.Version ?? 0;
            // Each another, since saving what stands there already is no conflict.
            string[] wanted =
            [
                MembersPermissions.Groups, MembersPermissions.Search, MembersPermissions.Tags, MembersPermissions.Notes,
                MembersPermissions.Segments, MembersPermissions.Export,
            ];
            var saved = await Task.WhenAll(Enumerable.Range(0, 6).Select(async n =>
            {
                try
                {
                    return await site.With((SaveRole s) =>
                        s.Change(admin, key, Fields($"Desk {n}", wanted[n]), seen, new()));
                }
                catch (EditConflict) { return false; }
            }));
            Assert.Single(saved, s => s);
        }
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
            site.With((SaveRole s) => s.Create(admin, Fields("Twins", MembersPermissions.Groups), new()))));
        Assert.Single(made, k => k is not null);
    }

    [Fact]
    public async Task A_role_that_somebody_has_stays_and_its_name_is_its_own()
    {
        var site = await host.NewSite();
        var key = await Make(site, "Desk", MembersPermissions.Groups);
        await site.With<MemberRoles, bool>(async r => await r.Give(await site.Reader("admin"), await Id(site, "Anna"), key));
        await Assert.ThrowsAsync<Refused>(() =>
            site.With<SaveRole, bool>(async s => await s.Delete(await site.Reader("admin"), key)));
        var problems = new Problems();
        await site.With<SaveRole, string?>(async s => await s.Create(
            await site.Reader("admin"), Fields("ＭＯＤＥＲＡＴＯＲ", MembersPermissions.Groups), problems));
        Assert.Contains("Another role has this name.", problems["name.en"]);
        problems = new Problems();
        await site.With<SaveRole, string?>(async s => await s.Create(await site.Reader("admin"), Fields("Empty"), problems));
        Assert.NotNull(problems["Permissions"]);
    }

    [Fact]
    public async Task Every_permission_that_can_be_given_has_a_name_in_both_languages()
    {
        var site = await host.NewSite();
        foreach (var language in new[] { "en", "ja" })
        {
            var admin = await site.SignIn("admin");
            await admin.Get("/language/" + language);
            // Nor are the headings above them keys.
            Assert.DoesNotMatch(@"permission\.|staff\.nav\.", (await admin.Get("/staff/roles/moderator")).Text);
        }
    }
}
