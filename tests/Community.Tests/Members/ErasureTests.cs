using System.IO.Compression;
using System.Text.Json;
using Community.Boards;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>What a site holds about a member can be exported and erased.</summary>
public sealed class ErasureTests(TestHost host)
{
    const string Bio = "Collects violet bicycles.";

    /// <summary>Ben with everything that members leave behind: posts, a report, a picture, mail, sessions, a lifted suspension.</summary>
    async Task<(TestSite Site, Visitor Ben, Visitor Anna, string Topic, long Id)> Lived()
    {
        var site = await host.NewSite(r => r["members"]![1]!["bio"] = Bio);
        var (ben, anna) = (await site.SignIn("ben"), await site.SignIn("anna"));
        var topic = await ben.Start("general", "Mugs", "Which one?");
        await anna.Reply(topic, "The blue one");
        await ben.Reply(topic, "Thanks, secret words", to: 2);
        await ben.Submit($"{topic}/posts/3/edit", new() { ["text"] = "Thanks" });
        await anna.Reply(topic, "Welcome", to: 3);
        await ben.Submit($"{topic}/posts/2/report", new() { ["reason"] = "Too blue" });
        await MemberPictureTests.Post(ben, PictureBytes.Png(40, 40));
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "ben@example.com" });
        await site.Visitor().Submit("/sign-in", new() { ["Email"] = "ben@example.com", ["Password"] = "wrong" });
        await ben.Submit("/groups/open", [], "form[action$='join']");
        var id = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        await site.Db(db =>
        {
            var now = host.Clock.Now;
            db.Suspensions.Add(
                new Suspension
                {
                    MemberId = id,
                    Reason = "Ben was rude",
                    At = now,
                    LiftedAt = now,
                }
            );
            var mailing = new Community.Mailing.Mailing
            {
                FormKey = Guid.NewGuid(),
                KindId = 1,
                Title = "News",
                Contents = [new() { Subject = "News" }],
                CreatedBy = 1,
                State = MailingState.Finished,
            };
            db.Mailings.Add(mailing);
            return db.SaveChangesAsync();
        });
        await site.Db(async db =>
        {
            var delivery = new Delivery
            {
                MailingId = 1,
                Seq = 1,
                MemberId = id,
                AddressHash = "hash of ben",
                State = DeliveryState.Rejected,
                Answer = "550 <ben@example.com> unknown",
                DueAt = host.Clock.Now,
            };
            db.Deliveries.Add(delivery);
            await db.SaveChangesAsync();
            db.DeliveryAttempts.Add(
                new DeliveryAttempt
                {
                    DeliveryId = delivery.Id,
                    At = host.Clock.Now,
                    Server = "one",
                    Status = "Rejected",
                    Phase = "Rcpt",
                    Text = "550 <ben@example.com> unknown",
                }
            );
            return await db.SaveChangesAsync();
        });
        return (site, ben, anna, topic, id);
    }

    static Task<string?> Erase(TestSite site, long id) => site.With<EraseMember, string?>(erase => erase.Erase(id));

    [Fact]
    public async Task After_erasing_no_table_holds_name_address_or_words_about_the_member_and_the_posts_stay()
    {
        var (site, ben, anna, topic, id) = await Lived();
        var picture = await site.Db(db => db.Members.Where(m => m.Id == id).Select(m => m.Picture).SingleAsync());
        Assert.Contains("ben@example.com", await Everything(site));
        Assert.Null(await Erase(site, id));
        var left = await Everything(site);
        foreach (var trace in new[] { "ben@example.com", "\"Ben\"", Bio, "Ben was rude", "secret words", "hash of ben" })
            Assert.DoesNotContain(trace, left, StringComparison.OrdinalIgnoreCase);
        var page = await anna.Get(topic);
        Assert.Contains("Thanks", page.Text);
        Assert.Equal(2, page.Document.QuerySelectorAll("article .post-byline .member").Count(m => m.TextContent == "Former member"));
        Assert.DoesNotContain("Ben", page.Text);
        // Sessions end at once, and the address can register again.
        Assert.StartsWith("/sign-in", (await ben.Get("/account")).Url.AbsolutePath);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await site.Visitor().Get("/files/" + picture)).Status);
        Assert.Equal(1, await site.Db(db => db.Groups.Where(g => g.Key == "open").Select(g => g.MemberCount).SingleAsync()));
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.erase" && a.SubjectId == id)));
        Assert.True(await site.Db(db => db.ConsentEvents.AllAsync(c => c.MemberId != id || c.Text != "")));
        Assert.Equal("members.erase.none", await Erase(site, id));
    }

    [Fact]
    public async Task Staff_are_erased_only_after_their_role_was_taken()
    {
        var site = await host.NewSite();
        var admin = await site.Db(db => db.Members.Where(m => m.Role == Roles.Administrator).Select(m => m.Id).SingleAsync());
        Assert.Equal("members.erase.staff", await Erase(site, admin));
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Id == admin)));
    }

    [Fact]
    public async Task The_export_has_what_every_module_holds_and_no_secret_of_the_site_or_of_others()
    {
        var (site, _, _, _, id) = await Lived();
        using var zip = new MemoryStream();
        Assert.True(await site.With<ExportMember, bool>(export => export.Write(id, masked: false, zip, default)));
        using var archive = new ZipArchive(zip);
        using var data = await JsonDocument.ParseAsync(archive.GetEntry("data.json")!.Open());
        var (members, boards, mailing) = (
            data.RootElement.GetProperty("members"),
            data.RootElement.GetProperty("boards"),
            data.RootElement.GetProperty("mailing")
        );
        var account = members.GetProperty("account")[0];
        Assert.Equal(
            ("Ben", "ben@example.com", Bio),
            (account.GetProperty("name").GetString(), account.GetProperty("email").GetString(), account.GetProperty("bio").GetString())
        );
        Assert.Equal(["Which one?", "Thanks"], boards.GetProperty("posts").EnumerateArray().Select(p => p.GetProperty("text").GetString()));
        Assert.Equal("Too blue", boards.GetProperty("reports")[0].GetProperty("reason").GetString());
        Assert.Equal(1, mailing.GetProperty("deliveries").GetArrayLength());
        Assert.Equal(2, members.GetProperty("consents").GetArrayLength());
        Assert.Contains(archive.Entries, e => e.FullName.StartsWith("files/"));
        var text = data.RootElement.GetRawText();
        foreach (
            var secret in new[]
            {
                "passwordHash",
                "securityStamp",
                "hash of ben",
                "addressHash",
                "The blue one",
                "anna@example.com",
                "keyHash",
            }
        )
            Assert.DoesNotContain(secret, text);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.export" && a.SubjectId == id)));
    }

    [Fact]
    public async Task A_masked_export_shows_addresses_names_and_texts_only_in_part()
    {
        var (site, _, _, _, id) = await Lived();
        using var zip = new MemoryStream();
        await site.With<ExportMember, bool>(export => export.Write(id, masked: true, zip, default));
        using var archive = new ZipArchive(zip);
        var text = await new StreamReader(archive.GetEntry("data.json")!.Open()).ReadToEndAsync();
        Assert.Contains("b•••@example.com", text);
        foreach (var whole in new[] { "ben@example.com", Bio, "Which one?", "Ben was rude" }) Assert.DoesNotContain(whole, text);
        Assert.Single(archive.Entries);
    }

    [Fact]
    public async Task Erasing_reaches_the_rows_of_a_feature_that_is_off()
    {
        var (site, _, _, _, id) = await Lived();
        var features = host.Services.GetRequiredService<Community.Sites.SwitchFeature>();
        foreach (var name in new[] { "Notifications", "Boards" })
            Assert.Null((await features.WithKey(site.Site.Key, name, false, default)).Refusal);
        Assert.Null(await Erase(site, id));
        Assert.False(await site.Db(db => db.Posts.AnyAsync(p => p.AuthorId == id)));
        Assert.False(await site.Db(db => db.PostVersions.AnyAsync()));
    }

    /// <summary>Every text in every table, as found in a copy of the database.</summary>
    static Task<string> Everything(TestSite site) =>
        site.Db(async db =>
        {
            var rows = new List<string>();
            foreach (var type in db.Model.GetEntityTypes().Select(t => t.ClrType).Distinct())
            {
                var set =
                    (IQueryable<object>)typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!.MakeGenericMethod(type).Invoke(db, null)!;
                foreach (var row in await set.AsNoTracking().ToListAsync())
                    foreach (
                        var text in type.GetProperties().Where(p => p.PropertyType == typeof(string)).Select(p => (string?)p.GetValue(row))
                    )
                        rows.Add($"\"{text}\"");
            }
            return string.Join('\n', rows);
        });
}
