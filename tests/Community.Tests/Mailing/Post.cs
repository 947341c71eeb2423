using System.Net;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>A mailer's actions, through the web pages.</summary>
static class Post
{
    /// <summary>Writes a mailing to members who consented to <c>news</c>, and confirms it. A null time means "now".</summary>
    public static async Task<long> Reserve(
        this Visitor mailer,
        string subject = "News of the week",
        string text = "Hello {{member.name}}",
        DateTime? local = null,
        Dictionary<string, string>? also = null
    )
    {
        var confirm = await mailer.Write(subject, text, local, also);
        var done = await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        Assert.Equal(HttpStatusCode.OK, done.Status);
        Assert.True(!done.Url.AbsolutePath.EndsWith("confirm"), done.Text);
        return long.Parse(done.Url.Segments[^1]);
    }

    /// <summary>Writes a mailing and returns its confirmation page.</summary>
    public static async Task<Page> Write(
        this Visitor mailer,
        string subject,
        string text,
        DateTime? local = null,
        Dictionary<string, string>? also = null
    )
    {
        var fields = new Dictionary<string, string>
        {
            ["Form.Subject"] = subject,
            ["Form.Text"] = text,
            ["Form.When"] = local is null ? "now" : "at",
            ["Form.Then"] = "confirm",
            ["Form.Date"] = local?.ToString("yyyy-MM-dd") ?? "",
            ["Form.Time"] = local?.ToString("HH:mm") ?? "",
        };
        foreach (var (key, value) in also ?? []) fields[key] = value;
        return await mailer.Submit("/staff/mailings/new", fields, "form:has([name='Form.Subject'])");
    }

    public static Task<Page> Press(this Visitor mailer, long id, string act) => mailer.PressOn($"/staff/mailings/{id}", act);

    public static async Task<Page> PressOn(this Visitor mailer, string page, string act) =>
        await mailer.Submit(await mailer.Get(page), [], $"form[action$='/{act}']");

    public static Task<Community.Mailing.Mailing> Mailing(this TestSite site, long id) =>
        site.Db(db => db.Mailings.AsNoTracking().Include(m => m.Contents).FirstAsync(m => m.Id == id));

    public static Task Until(this TestSite site, long id, MailingState state) =>
        TestSite.Until(async () => (await site.Mailing(id)).State == state, $"mailing is {state}");

    /// <summary>
    /// Waits until so many are written down as accepted. A relay that has a message has not answered yet, and what is answered is written
    /// down a little later: a test that counts, or moves the clock past leases, waits for the rows.
    /// </summary>
    public static Task Accepted(this TestSite site, long id, int n) =>
        TestSite.Until(
            async () => (await site.Counts(id)).GetValueOrDefault(DeliveryState.Accepted) == n,
            $"{n} of the mailing are accepted, and that is written down"
        );

    /// <summary>
    /// Moves the clock a little, unless a message is under way: the lease of a quarter of an hour must not end before the relay's answer is
    /// written down, however slow the machine. Called again and again, hours pass.
    /// </summary>
    public static async Task Pass(this TestSite site, int minutes = 5)
    {
        var isUnderWay = await site.Db(async db =>
            await db.Deliveries.AnyAsync(d => d.State == DeliveryState.Leased || d.State == DeliveryState.InFlight)
            || await db.SystemMails.AnyAsync(l => l.State == SystemMailState.InFlight));
        if (!isUnderWay) site.Host.Clock.Advance(TimeSpan.FromMinutes(minutes));
    }

    public static Task<Dictionary<DeliveryState, int>> Counts(this TestSite site, long id) =>
        site.Db(async db =>
            await db.Deliveries.Where(d => d.MailingId == id).GroupBy(d => d.State).ToDictionaryAsync(g => g.Key, g => g.Count())
        );

    /// <summary>Asserts that the total equals the sum of outcomes, in rows and roll-ups alike, and that nothing is under way.</summary>
    public static async Task IdentityHolds(this TestSite site, long id)
    {
        var mailing = await site.Mailing(id);
        var rows = await site.Counts(id);
        Assert.Equal(mailing.Total, rows.Values.Sum());
        Assert.DoesNotContain(rows.Keys, s => Delivery.Open.Contains(s));
        var sums = await site.Db(db =>
            db.MailingRollups.Where(r => r.MailingId == id)
                .GroupBy(r => r.State)
                .Select(g => new { g.Key, N = g.Sum(r => r.N) })
                .ToListAsync()
        );
        Assert.Equal(rows.OrderBy(r => r.Key), sums.Where(s => s.N != 0).ToDictionary(s => s.Key, s => s.N).OrderBy(r => r.Key));
    }

    /// <summary>Adds members who consented to <c>news</c>: m1@example.com, m2@example.com …</summary>
    public static Task AddReaders(this TestSite site, int n) => site.Db(async db =>
    {
        var kind = await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync();
        var now = DateTime.UtcNow;
        for (var i = 1; i <= n; i++)
        {
            var email = EmailAddress.Parse($"m{i}@example.com");
            var member = Member.Create($"Reader {i}", email, now);
            member.ConfirmedAt = now;
            member.AddressHash = $"hash{i}";
            member.Consents.Add(new ConsentState { KindId = kind, Granted = true, Since = now });
            db.Members.Add(member);
        }
        return await db.SaveChangesAsync();
    });

    public static Task Withdraw(this TestSite site, string email) =>
        site.Db(async db =>
        {
            var members = db.Members.Where(m => m.Email == email);
            return await db
                .ConsentStates.Where(c => members.Any(m => m.Id == c.MemberId))
                .ExecuteUpdateAsync(s => s.SetProperty(c => c.Granted, false));
        });
}
