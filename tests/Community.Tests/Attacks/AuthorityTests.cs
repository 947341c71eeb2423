using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>Within one site: access to other people's rows by id, and fields that no form has.</summary>
[Collection("attacks")]
public sealed class AuthorityTests(AttackHost attacks)
{
    TestSite A => attacks.A;

    [Fact]
    public async Task Nobody_changes_or_deletes_another_s_post_by_its_address()
    {
        var before = await Posts();
        foreach (var who in new[] { "ben", "mod", "mailer", "web", "admin" })
        {
            var person = await AttackHost.SignIn(A, who);
            // The page does not show this form to them.
            Assert.Equal(
                409,
                (
                    await person.Post(
                        "/boards/general/1/posts/1/edit",
                        [new("_handler", "edit-post"), new("title", "Mine"), new("text", "Mine")]
                    )
                ).Status
            );
            Assert.Equal(409, (await person.Post("/boards/general/1/posts/1/delete", [new("_handler", "delete-post")])).Status);
        }
        // Trying to reach a closed board by its topic's id under a board that is open to them.
        var ben = await AttackHost.SignIn(A, "ben");
        foreach (var board in new[] { "general", "inner" })
            foreach (var act in new[] { "", "/reply", "/posts/1", "/posts/1/report", "/posts/1/history", "/posts/1/edit" })
                Assert.Equal(404, (await ben.Get($"/boards/{board}/2{act}")).Status);
        Assert.Equal(404, (await ben.Post("/boards/general/2/reply", [new("_handler", "reply"), new("text", "In")])).Status);
        Assert.Equal(before, await Posts());

        Task<string> Posts() =>
            A.Db(async db =>
                string.Join(
                    '\n',
                    await db.Posts.OrderBy(p => p.Id).Select(p => $"{p.Id} {p.Title} {p.Text} {p.DeletedAt} {p.EditedAt}").ToListAsync()
                )
            );
    }

    [Fact]
    public async Task Fields_that_no_form_has_change_nothing()
    {
        var site = await attacks.Another();
        var (nobody, ben) = (await Person.Visitor(site), await AttackHost.SignIn(site, "ben"));
        var extra = new[]
        {
            "Role",
            "Id",
            "State",
            "Confirmed",
            "ConfirmedAt",
            "EmailConfirmed",
            "SuspendedAt",
            "Handle",
            "SecurityStamp",
            "PasswordHash",
            "AuthorId",
            "MemberId",
            "Email",
            "Joined",
            "JoinedAt",
            "IsAdmin",
        }
            .SelectMany(f => new[] { f, "Input." + f, "Member." + f, "Form." + f, "member[" + f + "]" })
            .Select(f => KeyValuePair.Create(f, f.EndsWith("Role") || f.EndsWith("Role]") ? "administrator" : "1"))
            .Where(f => f.Key != "Email")
            .ToList();
        var made = await site.With<FormGuard, string>(guard => Task.FromResult(guard.Seal()));
        await nobody.Post(
            "/register",
            [
                .. extra,
                new("_handler", "register"),
                new(FormGuard.Made, made),
                new("Name", "Eve"),
                new("Email", "eve@example.net"),
                new("Password", "seven tall giraffes"),
            ]
        );
        await ben.Post("/account", [.. extra, new("_handler", "profile"), new("Name", "Ben"), new("Bio", "I am Ben.")]);
        await ben.Post("/account", [.. extra, new("_handler", "consents"), new("Kinds", "1")]);
        await ben.Post(
            "/boards/general/new",
            [
                .. extra,
                new("_handler", "start-topic"),
                new("title", "Ben's"),
                new("text", "Ben's"),
                new("author", "1"),
                new("pinned", "true"),
            ]
        );
        var members = await site.Db(db => db.Members.AsNoTracking().ToListAsync());
        var eve = members.Single(m => m.Email == "eve@example.net");
        Assert.True(eve is { Role: null, ConfirmedAt: null, State: MemberState.Unconfirmed } && eve.Id > 9 && eve.Handle.Length == 12);
        var changed = members.Single(m => m.Email == "ben@example.com");
        Assert.True(changed is { Role: null, Bio: "I am Ben.", SuspendedAt: null } && changed.Handle != "1");
        Assert.Single(members, m => m.Role == Roles.Administrator);
        Assert.All(
            await site.Db(db => db.Topics.Where(t => t.Title == "Ben's").ToListAsync()),
            t => Assert.True(t.AuthorId == changed.Id && !t.IsPinned)
        );
    }

    [Fact]
    public async Task Staff_give_no_role_that_the_site_does_not_have_and_reach_nobody_above_them()
    {
        var site = await attacks.Another();
        var (mod, mailer, web, admin) = (
            await AttackHost.SignIn(site, "mod"),
            await AttackHost.SignIn(site, "mailer"),
            await AttackHost.SignIn(site, "web"),
            await AttackHost.SignIn(site, "admin")
        );
        var (admins, mails, anna) = (await Id("admin"), await Id("mailer"), await Id("anna"));
        foreach (
            var role in new[]
            {
                "operator",
                "Administrator",
                "ADMINISTRATOR",
                "member",
                "administrator ",
                "moderator,administrator",
                "0",
                "*",
            }
        )
        {
            Assert.EndsWith($"/staff/members/{anna}", (await admin.Post($"/staff/members/{anna}/role", [new("role", role)])).Location);
            Assert.Null(await Role(anna));
        }
        foreach (var staff in new[] { mod, mailer, web })
        {
            Assert.Equal(403, (await staff.Post($"/staff/members/{await Id(staff.Name)}/role", [new("role", "administrator")])).Status);
            Assert.Equal(
                403,
                (
                    await staff.Post(
                        $"/staff/members/{admins}/edit",
                        [new("_handler", "edit-member"), new("Name", "x"), new("Email", "mine@example.net"), new("Bio", "")]
                    )
                ).Status
            );
        }
        foreach (var id in new[] { admins, mails })
        {
            Assert.Equal(409, (await mod.Post($"/staff/members/{id}", [new("_handler", "suspend"), new("reason", "mine")])).Status);
            Assert.Equal(403, (await mod.Post($"/staff/members/{id}/lift")).Status);
        }
        // The last administrator can neither suspend himself nor give up the role.
        Assert.Equal(409, (await admin.Post($"/staff/members/{admins}", [new("_handler", "suspend"), new("reason", "oops")])).Status);
        Assert.EndsWith($"/staff/members/{admins}", (await admin.Post($"/staff/members/{admins}/role", [new("role", "")])).Location);
        Assert.Equal(Roles.Administrator, await Role(admins));
        Assert.Equal(0, await site.Db(db => db.Members.CountAsync(m => m.SuspendedAt != null && m.Role != null)));

        Task<long> Id(string key) => site.Db(db => AttackHost.Id(db, key));
        Task<string?> Role(long id) => site.Db(db => db.Members.Where(m => m.Id == id).Select(m => m.Role).SingleAsync());
    }

    [Fact]
    public async Task Nobody_registers_on_the_console_and_no_member_page_is_made_there()
    {
        var (nobody, op) = (await Person.Visitor(attacks.Console), await AttackHost.SignIn(attacks.Console, "operator"));
        await nobody.Post(
            "/register",
            [new("_handler", "register"), new("Name", "Eve"), new("Email", "eve@example.net"), new("Password", "seven tall giraffes")]
        );
        await op.Post("/staff/groups/new", [new("_handler", "group"), new("Name", "Eve"), new("Word", "eves"), new("Way", "Open")]);
        Assert.Equal(0, await attacks.Console.Db(db => db.Members.CountAsync(m => m.Email == "eve@example.net")));
        Assert.Equal(0, await attacks.Console.Db(db => db.Groups.CountAsync()));
    }

    [Fact]
    public async Task A_closed_door_stays_closed_when_its_form_is_sent_all_the_same()
    {
        var site = await attacks.Another();
        var (ben, web) = (await AttackHost.SignIn(site, "ben"), await AttackHost.SignIn(site, "web"));
        var posts = await site.Db(db => db.Posts.CountAsync());
        // A read-only board, a locked topic, a board for a group, a group that only staff can add to.
        foreach (var board in new[] { "news", "inner" })
            await ben.Post($"/boards/{board}/new", [new("_handler", "start-topic"), new("title", "In"), new("text", "In")]);
        await ben.Post("/boards/news/3/reply", [new("_handler", "reply"), new("text", "In")]);
        await web.Post("/boards/news/3/reply", [new("_handler", "reply"), new("text", "In")]);
        Assert.Equal(posts, await site.Db(db => db.Posts.CountAsync()));
        Assert.Equal(403, (await ben.Post("/groups/staffed/join")).Status);
        Assert.Equal(302, (await ben.Post("/groups/circle/join")).Status);
        Assert.False(await site.Db(db => db.Members.AnyAsync(m => m.Email == "ben@example.com" && m.Groups.Any(g => g.JoinedAt != null))));
    }
}
