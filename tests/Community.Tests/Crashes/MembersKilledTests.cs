using Community.Kernel;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Crashes;

/// <summary>The program dies in the middle of work on many members.</summary>
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class MembersKilledTests
{
    const int Many = 1_250;

    [Fact]
    public async Task Killed_in_the_middle_of_work_on_many_members_it_goes_on_and_does_nothing_twice()
    {
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        var size = await AttributeTests.Define(site, "Size", AttributeType.Text);
        await Fill(site, size);
        var reader = await site.Reader("admin");
        await site.With<SaveSegment, long?>(s =>
            s.Make(reader, "Many", Chosen.By(OwnConditions.Name.With(new("many"))), false, new Problems(), default));
        var admin = await site.SignIn("admin");

        // An act on many members: it dies in its second step, before the commit.
        var found = await admin.Get("/staff/members?q=many");
        var form = await admin.Get(found.Document.QuerySelector("a[href^='/staff/members/acts/new']")!.GetAttribute("href")!);
        var tag = await site.Db(db => db.Tags.Select(t => t.Id.ToString()).SingleAsync());
        await Dies("bulk.step", 2, form, "form:has([name=tag])", new() { ["tag"] = tag, ["kind"] = "Tag" });
        Assert.Equal((BulkWork.Step, BulkWork.Step), (await Act(a => a.Changed), await Tagged()));
        await GoesOn();
        await Until(BulkState.Done);
        Assert.Equal((Many, 0, Many), (await Act(a => a.Changed), await Act(a => a.Unchanged), await Tagged()));

        // Undone, it dies in the last step but one.
        form = await admin.Get("/staff/members/acts/" + await Act(a => a.Id));
        await Dies("bulk.step", 6, form, "form[action$='/undo']", []);
        Assert.Equal((5 * BulkWork.Step, Many - 5 * BulkWork.Step), (await Act(a => a.Undone), await Tagged()));
        await GoesOn();
        await Until(BulkState.Undone);
        Assert.Equal((Many, 0, 0), (await Act(a => a.Undone), await Act(a => a.Left), await Tagged()));

        // A segment is written down as a list.
        form = await admin.Get("/staff/segments/" + await site.Db(db => db.Segments.Select(s => s.Id).SingleAsync()));
        await Dies("segment.step", 2, form, "form[action$='/freeze']", []);
        Assert.Equal((null, 1_000), await Frozen());
        await GoesOn();
        await TestSite.Until(async () => (await Frozen()).Count is not null, "the list is written down");
        Assert.Equal((Many, Many), await Frozen());

        // An attribute gets another type: every fifth value does not fit and is kept aside.
        form = await admin.Get($"/staff/attributes/{size}/type?to=number");
        await Dies("retype.step", 2, form, "main form[method=post]", []);
        Assert.Equal((500, 400, 100), await Retyped());
        await GoesOn();
        await TestSite.Until(async () => !await IsMoving(), "the values are rewritten");
        Assert.Equal((Many, 1_000, 250), await Retyped());

        // And back: values kept aside are taken back, 250 of them in one step.
        form = await admin.Get($"/staff/attributes/{size}/type?to=text");
        await Dies("retype.taken-back", 1, form, "main form[method=post]", []);
        Assert.Equal(250, await site.Db(db => db.KeptAside.CountAsync()));
        await GoesOn();
        await TestSite.Until(async () => !await IsMoving(), "the values are rewritten");
        Assert.Equal(
            (Many, 0),
            await site.Db(async db => (
                await db.AttributeValues.CountAsync(v => v.AttributeId == size && v.Type == AttributeType.Text),
                await db.KeptAside.CountAsync()))
        );
        Assert.Equal(2, await site.Db(db => db.Events.CountAsync(e => e.Type == "members.attribute-retyped")));

        async Task Dies(string place, int time, Page page, string which, Dictionary<string, string> fields)
        {
            var program = await installation.Run($"{place}@{site.Site.Key}:{time}");
            try { await admin.Submit(page, fields, which); }
            catch (HttpRequestException) { /* It died meanwhile. */ }
            catch (TaskCanceledException) { Assert.Fail($"{place}: no answer. {program.Said} {await installation.Sessions()}"); }
            await program.Dead();
        }

        async Task GoesOn()
        {
            await installation.StartHost(TimeSpan.FromMinutes(2));
            site = installation.Now(site);
        }

        Task<T> Act<T>(System.Linq.Expressions.Expression<Func<BulkAct, T>> what) => site.Db(db => db.BulkActs.Select(what).SingleAsync());
        Task Until(BulkState state) => TestSite.Until(async () => await Act(a => a.State) == state, $"the act is {state}");
        Task<int> Tagged() => site.Db(db => db.MemberTags.CountAsync());
        Task<(int? Count, int Rows)> Frozen() => site.Db(async db => (
            await db.Segments.Where(s => s.FrozenAt != null).Select(s => s.Count).SingleAsync(), await db.SegmentMembers.CountAsync()));
        Task<bool> IsMoving() => site.Db(db => db.MemberAttributes.AnyAsync(a => a.RetypingSince != null));
        Task<(int Done, int Fit, int Aside)> Retyped() => site.Db(async db =>
        {
            var fit = await db.AttributeValues.CountAsync(v => v.AttributeId == size && v.Type == AttributeType.Number);
            var aside = await db.KeptAside.CountAsync();
            return (fit + aside, fit, aside);
        });
    }

    static Task Fill(TestSite site, long size) => site.Db(async db =>
    {
        var members = Enumerable.Range(0, Many).Select(i =>
        {
            var member = Member.Create($"Many {i}", EmailAddress.Parse($"many{i}@example.com"), db.Now);
            (member.AddressHash, member.ConfirmedAt) = ("many" + i, db.Now);
            return member;
        }).ToList();
        db.Members.AddRange(members);
        var tag = new Tag { CreatedAt = db.Now };
        tag.Rename("VIP");
        db.Tags.Add(tag);
        await db.SaveChangesAsync();
        var attribute = (await db.Attributes())[size]!;
        foreach (var (member, i) in members.OrderBy(m => m.Id).Select((m, i) => (m, i)))
            db.AttributeValues.AddRange(attribute.Rows(member.Id, attribute.Parse(i % 5 == 0 ? "large" : $"{i}", default).Value!));
        return await db.SaveChangesAsync();
    });
}
