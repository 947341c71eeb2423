using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Who may not get a handed mailing any more is looked for each minute: without keeping anybody waiting.</summary>
[OnBothDatabases]
public sealed class CompareConsentsTests(TestHost host)
{
    static CompareConsentsTests() => SiteQueries.Listen();

    [Fact]
    public async Task Recipients_are_compared_before_the_lock_and_again_under_it_if_anything_has_changed()
    {
        var site = await host.NewSite();
        await site.AddReaders(3);
        var id = await (await site.SignIn("mailer")).Reserve();
        await site.Until(id, MailingState.Finished);
        // As with an engine that has it and says nothing.
        await site.Db(async db =>
        {
            var hashes = await db.Members.ToDictionaryAsync(m => m.Id, m => m.AddressHash);
            foreach (var delivery in await db.Deliveries.Where(d => d.MailingId == id).ToListAsync())
                (delivery.State, delivery.AddressKey) = (
                    DeliveryState.Handed,
                    Community.Kernel.Truncate.To(CompareConsents.KeyLength, hashes[delivery.MemberId]));
            var mailing = await db.Mailings.SingleAsync(m => m.Id == id);
            (mailing.State, mailing.Holder) = (MailingState.Running, MailingHolder.Engine);
            var handOff = HandOff.Of(mailing, DateTime.UtcNow);
            handOff.Offer(mailing.StartedAt!.Value, db.Now);
            handOff.State = HandOffState.Offered;
            db.HandOffs.Add(handOff);
            db.EngineSites.Add(new() { Id = EngineSite.Only });
            return await db.SaveChangesAsync();
        });
        // The site's own work compares, too, where the last time is a minute ago.
        async Task Alone()
        {
            var later = host.Clock.Now.AddDays(1);
            await site.Db(db => db.EngineSites.ExecuteUpdateAsync(s => s.SetProperty(e => e.BeatAt, later)));
        }

        await Alone();
        Task<IReadOnlyList<string>> Compare() => site.With<CompareConsents, IReadOnlyList<string>>(
            c => SiteQueries.Texts(() => c.All(default)));
        static int First(IReadOnlyList<string> commands, string table) => commands.ToList().FindIndex(c => c.Contains(table));
        static int Last(IReadOnlyList<string> commands, string table) => commands.ToList().FindLastIndex(c => c.Contains(table));
        var quiet = await Compare();
        Assert.InRange(Last(quiet, "deliveries"), 0, First(quiet, "engine_sites") - 1);
        await Alone();
        Assert.Equal((0, 0), await Deltas(site, id));
        await site.Withdraw("m2@example.com");
        var changed = await Compare();
        Assert.InRange(First(changed, "engine_sites"), First(changed, "deliveries") + 1, Last(changed, "deliveries") - 1);
        Assert.Equal((1, 1), await Deltas(site, id));
        await Compare();
        Assert.Equal((1, 1), await Deltas(site, id));
    }

    static Task<(long Deltas, int Barred)> Deltas(TestSite site, long id) => site.Db(async db => (
        await db.EngineSites.Select(s => s.DeltaSeq).SingleAsync(),
        await db.Deliveries.CountAsync(d => d.MailingId == id && d.Barred)));
}
