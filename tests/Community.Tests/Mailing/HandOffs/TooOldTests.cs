using System.Security.Cryptography;
using Community.Bulk;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing.HandOffs;

/// <summary>An engine that has forgotten withdrawals which an offer needs gets another offer, and no third one.</summary>
[OnBothDatabases]
public sealed class TooOldTests(TestHost host)
{
    [Fact]
    public async Task A_restored_site_does_not_offer_without_end_what_the_engine_finds_too_old()
    {
        var site = await host.NewSite();
        var id = await (await site.SignIn("mailer")).Reserve();
        await site.Until(id, MailingState.Finished);
        // As it stands after its first offer, in a copy of the site whose numbers are older than what the engine has forgotten.
        await site.Db(async db =>
        {
            await db.Deliveries.Where(d => d.MailingId == id)
                .ExecuteUpdateAsync(s => s.SetProperty(d => d.State, DeliveryState.Pending).SetProperty(d => d.SettledAt, (DateTime?)null));
            var mailing = await db.Mailings.SingleAsync(m => m.Id == id);
            (mailing.State, mailing.Holder, mailing.EndedAt) = (MailingState.Running, MailingHolder.Engine, null);
            mailing.Salt = RandomNumberGenerator.GetBytes(16);
            var first = HandOff.Of(mailing, DateTime.UtcNow);
            first.Offer(mailing.StartedAt!.Value, db.Now);
            (first.State, first.EndReason) = (HandOffState.Offered, EndReason.TooOld);
            db.HandOffs.Add(first);
            return await db.SaveChangesAsync();
        });
        // The site's own work advances it as well: whoever is first.
        await Until(site, async () => await Rev(site) == 2, "offered again");
        Assert.Equal(MailingHolder.Engine, (await site.Mailing(id)).Holder);
        await site.Db(db => db.HandOffs.ExecuteUpdateAsync(
            s => s.SetProperty(h => h.State, HandOffState.Offered).SetProperty(h => h.EndReason, EndReason.TooOld)));
        await Until(site, async () => (await site.Mailing(id)).State is MailingState.Suspended || await Rev(site) > 2, "stopped");
        var stopped = await site.Mailing(id);
        Assert.Equal((MailingHolder.WebServers, StopReason.EngineRefused), (stopped.Holder, stopped.StopReason));
        Assert.Equal(2, await Rev(site));
    }

    static Task<int> Rev(TestSite site) => site.Db(db => db.HandOffs.Select(h => h.Rev).SingleAsync());

    static Task Until(TestSite site, Func<Task<bool>> so, string what) => TestSite.Until(async () =>
    {
        await site.With<AdvanceHandOffs, (bool, DateTime?)>(a => a.Run(default));
        return await so();
    }, what);
}
