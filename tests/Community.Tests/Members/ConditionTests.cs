using System.Net;
using Community.Mailing;
using Community.Members;
using Community.Sites;
using Community.Tests.Boards;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Members are selected by conditions of any modules, in staff's search and in audiences.</summary>
public sealed class ConditionTests(TestHost host)
{
    static IEnumerable<string> Found(Page page) => page.Document.QuerySelectorAll("tbody th[scope=row]").Select(r => r.TextContent.Trim());

    [Fact]
    public async Task Staff_find_members_by_a_condition_of_another_module_together_with_their_own()
    {
        var site = await host.NewSite();
        await (await site.SignIn("anna")).Start("general", "Mugs");
        await (await site.SignIn("carla")).Start("general", "Cups");
        var admin = await site.SignIn("admin");
        Assert.Equal(
            ["Anna", "Carla"],
            Found(
                await admin.Submit(
                    "/staff/members",
                    new() { ["c0-key"] = "boards.posted", ["c0-posted"] = "7" },
                    "form[role=search]"
                )
            ).Order()
        );
        var circle = await site.Db(db => db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync());
        var both = await admin.Get($"/staff/members?posted=7&group={circle}");
        Assert.Equal(["Carla"], Found(both));
        Assert.Equal("7", both.Document.QuerySelector("[name$='-posted']")!.GetAttribute("value"));
        var wrong = await admin.Get("/staff/members?posted=seven");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        Assert.Contains("whole number of days", wrong.Document.QuerySelector("#c0-posted-error")!.TextContent);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("role")]
    [InlineData("consent")]
    [InlineData("received")]
    [InlineData("sort")]
    public async Task A_choice_that_does_not_exist_is_told_beside_its_field_and_nobody_is_searched_for(string field)
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var wrong = await admin.Get($"/staff/members?{field}=4711");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        var id = field == "sort" ? field : "c0-" + field;
        Assert.NotNull(wrong.Document.QuerySelector($"#{id}-error"));
        Assert.Contains($"{id}-error", wrong.Document.QuerySelector($"#{id}")!.GetAttribute("aria-describedby"));
        Assert.Empty(wrong.Document.QuerySelectorAll("p.empty"));
    }

    [Fact]
    public async Task An_audience_keeps_the_condition_of_another_module_and_says_it()
    {
        var site = await host.NewSite();
        await (await site.SignIn("anna")).Start("general", "Mugs");
        var mailer = await site.SignIn("mailer");
        var confirm = await mailer.Write(
            "To those who wrote",
            "Hello",
            also: new() { ["Form.c0-key"] = "boards.posted", ["Form.c0-posted"] = "30" }
        );
        Assert.Contains("posted within the last 30 days", confirm.Text);
        var mailing = await site.Db(db => db.Mailings.AsNoTracking().SingleAsync());
        Assert.Equal("""{"boards.posted":{"days":30}}""", mailing.AudienceJson);
        Assert.Equal(["anna@example.com"], await Receivers(site, mailing));
        var edit = await mailer.Get(mailing.Url + "/edit");
        Assert.Equal("30", edit.Document.QuerySelector("[name='Form.c0-posted']")!.GetAttribute("value"));
    }

    [Theory]
    [InlineData("""{"boards.posted":{"days":30}}""", true)]
    [InlineData("""{"points.at-least":{"points":100}}""", false)]
    [InlineData("""{"members.joined":7}""", false)]
    [InlineData("""{"members.groups":{"groups":[4711]}}""", false)]
    public async Task What_no_module_of_the_site_knows_chooses_nobody_and_is_told(string json, bool boards)
    {
        var site = await host.NewSite();
        await (await site.SignIn("anna")).Start("general", "Mugs");
        var mailing = new Community.Mailing.Mailing
        {
            FormKey = Guid.NewGuid(),
            KindId = 1,
            Title = "x",
            Contents = [new() { Subject = "x", Text = "x" }],
            AudienceJson = json,
            AtOnce = true,
            CreatedBy = 1,
        };
        await site.Db(db =>
        {
            db.Mailings.Add(mailing);
            return db.SaveChangesAsync();
        });
        if (boards)
        {
            Assert.Single(await Receivers(site, mailing));
            await Switch(site, "Boards", false);
        }
        site = new(host, (await host.Services.GetRequiredService<SiteDirectory>().Find(site.Site.Id, default))!);
        Assert.Empty(await Receivers(site, mailing));
        Assert.True(await site.Db(db => mailing.Audience.RefersToDeleted(db)));
        var mailer = await site.SignIn("mailer");
        var edit = await mailer.Get(mailing.Url + "/edit");
        Assert.Equal(HttpStatusCode.OK, edit.Status);
        // Saved again with the same conditions, the audience is no wider.
        await mailer.Submit(edit, new() { ["Form.Subject"] = "y", ["Form.Then"] = "save" });
        var saved = await site.Db(db => db.Mailings.AsNoTracking().SingleAsync());
        if (!json.Contains("joined")) Assert.Empty(await Receivers(site, saved));
        if (!boards) return;
        await Switch(site, "Boards", true);
        site = new(host, (await host.Services.GetRequiredService<SiteDirectory>().Find(site.Site.Id, default))!);
        Assert.Single(await Receivers(site, saved));
    }

    [Fact]
    public async Task Who_received_a_mailing_is_found_by_it()
    {
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            var now = host.Clock.Now;
            db.Mailings.Add(
                new Community.Mailing.Mailing
                {
                    FormKey = Guid.NewGuid(),
                    KindId = 1,
                    Title = "Spring",
                    Contents = [new() { Subject = "Spring" }],
                    CreatedBy = 1,
                    StartedAt = now,
                    State = MailingState.Finished,
                }
            );
            await db.SaveChangesAsync();
            var ids = await db.Members.ToDictionaryAsync(m => m.Name, m => m.Id);
            db.Deliveries.Add(
                new Delivery
                {
                    MailingId = 1,
                    Seq = 1,
                    MemberId = ids["Anna"],
                    AddressHash = "a",
                    State = DeliveryState.Accepted,
                    DueAt = now,
                }
            );
            db.Deliveries.Add(
                new Delivery
                {
                    MailingId = 1,
                    Seq = 2,
                    MemberId = ids["Ben"],
                    AddressHash = "b",
                    State = DeliveryState.Rejected,
                    DueAt = now,
                }
            );
            return await db.SaveChangesAsync();
        });
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff/members?received=1");
        Assert.Equal(["Anna"], Found(page));
        Assert.Equal("Spring", page.Document.QuerySelector("select[name=c0-received] option[selected]")!.TextContent);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await admin.Get("/staff/members?received=4711")).Status);
    }

    [Fact]
    public void Keys_and_fields_of_conditions_are_unique()
    {
        var all = Community.Web.HostModules.All.SelectMany(m => m.MemberConditions).Cast<MemberCondition>().ToList();
        Assert.Equal(all.Count, all.Select(c => c.Key).Distinct().Count());
        Assert.Equal(all.Sum(c => c.Fields.Count), all.SelectMany(c => c.Fields).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    static async Task Switch(TestSite site, string feature, bool on)
    {
        var features = site.Host.Services.GetRequiredService<SwitchFeature>();
        // It needs the boards.
        if (!on) await features.WithKey(site.Site.Key, "Notifications", on, default);
        Assert.Null((await features.WithKey(site.Site.Key, feature, on, default)).Refusal);
    }

    static Task<List<string>> Receivers(TestSite site, Community.Mailing.Mailing mailing) =>
        site.Db(async db => await (await Audience.Receivers(mailing, db)).Select(m => m.Email!).OrderBy(e => e).ToListAsync());
}
