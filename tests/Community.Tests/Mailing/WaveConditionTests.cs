using Community.Mail;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Who is chosen by what they did with a mailing: people who are known by name, and never by what a machine did.</summary>
[OnBothDatabases]
public sealed class WaveConditionTests(TestHost host)
{
    /// <summary>A mailing that was sent to Anna, Ben and five readers, some of whom agreed to be known.</summary>
    static async Task<(TestSite Site, long Id)> Sent(TestHost host, TrackingMode mode)
    {
        var site = await host.NewSite();
        await site.AddReaders(5);
        var id = await (await site.SignIn("mailer")).Reserve("First", "Hello");
        await site.Until(id, MailingState.Finished);
        await site.Db(async db =>
        {
            (await db.Mailings.SingleAsync(m => m.Id == id)).Tracking = mode;
            var kind = new MailKind { Key = "known", Names = Translations.Of(_ => "Known"), Use = MailKindUse.Tracking };
            db.MailKinds.Add(kind);
            await db.SaveChangesAsync();
            var before = db.Now.AddDays(-30);
            var members = await db.Members.ToDictionaryAsync(m => m.Email!, m => m.Id);
            // m5 agreed to nothing.
            foreach (var name in new[] { "anna", "ben", "m1", "m2", "m3", "m4" })
                db.ConsentStates.Add(new() { MemberId = members[name + "@example.com"], KindId = kind.Id, Granted = true, Since = before });
            var deliveries = await db.Deliveries.Where(d => d.MailingId == id).ToDictionaryAsync(d => d.MemberId, d => d.Id);
            void Did(string email, EngagementKind what, Verdict who) => db.Engagements.Add(new()
            {
                MailingId = id,
                MemberId = members[email],
                Subject = deliveries[members[email]],
                Kind = what,
                Verdict = who,
                At = db.Now,
                Counted = true,
            });
            Did("anna@example.com", EngagementKind.Open, Verdict.Human);
            Did("ben@example.com", EngagementKind.Open, Verdict.Machine);
            Did("ben@example.com", EngagementKind.Click, Verdict.Machine);
            Did("m1@example.com", EngagementKind.Click, Verdict.Human);
            Did("m2@example.com", EngagementKind.Open, Verdict.Unknown);
            // Came back: did not open it, but did not get it either.
            db.Returns.Add(new()
            {
                MailingId = id,
                DeliveryId = deliveries[members["m4@example.com"]],
                MemberId = members["m4@example.com"],
                At = db.Now,
                Kind = ReturnKind.Bounce,
                Text = "",
                Domain = "example.com",
                Digest = "m4",
            });
            return await db.SaveChangesAsync();
        });
        return (site, id);
    }

    static Chosen Of(string word, long mailing) =>
        Community.Members.Chosen.By(("mailing." + word, System.Text.Json.JsonSerializer.SerializeToElement(new { mailing })));

    static Task<string> Chosen(TestSite site, long id, string word, string? minus = null) => site.Db(async db =>
    {
        var kind = await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync();
        var wave = new Community.Mailing.Mailing
        {
            KindId = kind,
            Audience = minus is null ? new(Of(word, id)) : Audience.Of(Of(word, id), Of(minus, id)),
        };
        var found = await (await Audience.Receivers(wave, db)).OrderBy(m => m.Email).Select(m => m.Email!).ToListAsync();
        return string.Join(' ', found.Select(e => e.Split('@')[0]));
    });

    [Fact]
    public async Task Only_what_people_did_chooses_them_and_exceptions_take_them_out()
    {
        var (site, id) = await Sent(host, TrackingMode.Individual);
        Assert.Equal("anna m1", await Chosen(site, id, "opened"));
        Assert.Equal("m1", await Chosen(site, id, "clicked"));
        // A machine's open is none: who was not seen to read it may be reminded; who is not known may have read it.
        Assert.Equal("ben m2 m3", await Chosen(site, id, "unopened"));
        Assert.Equal("anna ben m1 m2 m3 m5", await Chosen(site, id, "received"));
        Assert.Equal("anna", await Chosen(site, id, "opened", minus: "clicked"));
        Assert.Equal("ben m2 m3 m5", await Chosen(site, id, "received", minus: "opened"));
        Assert.Equal("anna m1 m5", await Chosen(site, id, "received", minus: "unopened"));
        // Whoever withdrew since is asked nothing more, and gets nothing.
        await site.Withdraw("anna@example.com");
        Assert.Equal("m1", await Chosen(site, id, "opened"));
    }

    [Theory, InlineData(TrackingMode.None), InlineData(TrackingMode.Aggregate), InlineData(TrackingMode.Pseudonymous)]
    public async Task Of_a_mailing_that_knew_no_names_nobody_is_said_not_to_have_opened_it(TrackingMode mode)
    {
        var (site, id) = await Sent(host, mode);
        await site.Db(db => db.Engagements.ExecuteDeleteAsync());
        foreach (var word in new[] { "opened", "clicked", "unopened" }) Assert.Equal("", await Chosen(site, id, word));
        Assert.Equal("anna ben m1 m2 m3 m5", await Chosen(site, id, "received", minus: "opened"));
    }
}
