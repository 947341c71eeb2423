using System.Text.Json;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>
/// A selection is a tree of conditions: what it means, how it is stored, and what happens when a part of it means nothing.
/// </summary>
[OnBothDatabases]
public sealed class ChosenTests(TestHost host)
{
    static ConditionClause Is((string Key, JsonElement Values) condition, bool not = false) => new(condition.Key, condition.Values, not);

    static Chosen Of(Combine match, params Clause[] clauses) => new(new ClauseGroup(match, clauses));

    static Task<List<string>> Names(TestSite site, Chosen chosen) =>
        site.Db(async db => await (await chosen.Apply(db.Members, db)).OrderBy(m => m.Name).Select(m => m.Name).ToListAsync());

    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("""{"boards.posted":{"days":30}}""", """{"boards.posted":{"days":30}}""")]
    [InlineData("""{"all":[{"members.role":{"role":"staff"}},{"members.name":{"text":"髙橋"}}]}""",
        """{"members.role":{"role":"staff"},"members.name":{"text":"髙橋"}}""")]
    [InlineData("""{"any":[{"members.name":{"text":"a"}},{"not":{"members.name":{"text":"b"}}}]}""",
        """{"any":[{"members.name":{"text":"a"}},{"not":{"members.name":{"text":"b"}}}]}""")]
    [InlineData("""{"none":[{"all":[{"members.name":{"text":"a"}},{"members.name":{"text":"b"}}]}]}""",
        """{"none":[{"all":[{"members.name":{"text":"a"}},{"members.name":{"text":"b"}}]}]}""")]
    [InlineData("""{"not":{"not":{"members.name":{"text":"a"}}}}""", """{"members.name":{"text":"a"}}""")]
    public void The_stored_form_is_read_and_written_back(string json, string written)
    {
        Assert.Equal(written, Chosen.Parse(json).ToJson());
        Assert.Equal(written, Chosen.Parse(written).ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"all\":3}")]
    [InlineData("{\"all\":[")]
    [InlineData("{\"any\":[{}]}")]
    [InlineData("{\"all\":[{\"members.name\":{\"text\":\"a\"}},{\"any\":[]}]}")]
    public async Task What_cannot_be_read_is_broken_and_chooses_nobody(string json)
    {
        var site = await host.NewSite();
        var chosen = Chosen.Parse(json);
        Assert.Empty(await Names(site, chosen));
        Assert.NotEmpty(await site.Db(db => chosen.Broken(db)));
    }

    [Fact]
    public async Task Not_is_the_exact_complement_with_everybody_of_whom_nothing_is_known()
    {
        var site = await host.NewSite();
        await site.SignIn("anna");
        var everybody = await Names(site, Chosen.Everybody);
        var tag = await site.Db(async db =>
        {
            var made = new Tag();
            made.Rename("vip");
            db.Tags.Add(made);
            await db.SaveChangesAsync();
            var ben = await db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync();
            db.MemberTags.Add(new MemberTag { TagId = made.Id, MemberId = ben, At = db.Now });
            await db.SaveChangesAsync();
            return made.Id;
        });
        var (circle, news) = await site.Db(async db => (
            await db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync(),
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync()
        ));
        var day = DateOnly.FromDateTime(host.Clock.Now).AddDays(-10);
        foreach (
            var (condition, fits) in new ((string, JsonElement), string[])[]
            {
                (OwnConditions.Groups.With(new([circle])), ["Carla"]),
                (OwnConditions.Tags.With(new([tag])), ["Ben"]),
                (OwnConditions.Role.With(new(OwnConditions.AnyStaff)), ["Admin", "Mailer", "Moderator", "Webmaster"]),
                (OwnConditions.State.With(new(MemberState.Suspended)), ["Susan"]),
                // Most have never signed in.
                (OwnConditions.Seen.With(new(day, null, null)), ["Anna"]),
                (OwnConditions.Seen.With(new(null, null, 3)), ["Anna"]),
                (OwnConditions.Consent.With(new(news)), ["Anna", "Ben"]),
                (OwnConditions.Name.With(new("car")), ["Carla"]),
                (OwnConditions.Address.With(new("@example.com")), [.. everybody]),
            }
        )
        {
            Assert.Equal(fits, await Names(site, Chosen.By(condition)));
            Assert.Equal(everybody.Except(fits), await Names(site, Of(Combine.All, Is(condition, not: true))));
            Assert.Equal(everybody.Except(fits), await Names(site, Of(Combine.None, Is(condition))));
            Assert.Equal(fits, await Names(site, Of(Combine.None, Is(condition, not: true))));
        }
    }

    [Fact]
    public async Task A_broken_condition_breaks_the_whole_selection_even_inside_a_not()
    {
        var site = await host.NewSite();
        var gone = OwnConditions.Groups.With(new([4711]));
        var name = Is(OwnConditions.Name.With(new("a")));
        foreach (
            var chosen in new[]
            {
                Of(Combine.All, name, Is(gone, not: true)),
                Of(Combine.None, Is(gone)),
                Of(Combine.Any, name, Is(gone)),
                Of(Combine.Any, name, new ClauseGroup(Combine.None, [Is(("points.least", JsonSerializer.SerializeToElement(new { })))])),
            }
        )
        {
            Assert.Empty(await Names(site, chosen));
            Assert.Single(await site.Db(db => chosen.Broken(db)));
            Assert.Empty(await site.Db(async db => await (await Audience.Receivers(
                new Community.Mailing.Mailing { KindId = 1, Audience = new(chosen) }, db)).ToListAsync()));
        }
    }

    [Fact]
    public async Task More_conditions_or_deeper_groups_than_allowed_choose_nobody()
    {
        var site = await host.NewSite();
        var name = Is(OwnConditions.Name.With(new("a")));
        var many = Of(Combine.Any, [.. Enumerable.Repeat<Clause>(name, ClauseGroup.MaxConditions + 1)]);
        Clause deep = name;
        for (var i = 0; i <= ClauseGroup.MaxDepth; i++) deep = new ClauseGroup(Combine.All, [deep]);
        foreach (var chosen in new[] { many, new Chosen((ClauseGroup)deep) })
        {
            Assert.Empty(await Names(site, chosen));
            Assert.Equal("conditions.broken.bounds", Assert.Single(await site.Db(db => chosen.Broken(db))).Text);
        }
        Assert.NotEmpty(await Names(site, Of(Combine.Any, [.. Enumerable.Repeat<Clause>(name, ClauseGroup.MaxConditions)])));
    }
}
