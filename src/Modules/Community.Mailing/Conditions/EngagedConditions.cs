using System.Linq.Expressions;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// Members who opened a mailing, followed a link in it, or did not open it, as far as they agreed to be known by name. Machines select
/// nobody, and what cannot be told neither.
/// </summary>
static class EngagedConditions
{
    public sealed record Of(long Mailing);

    /// <summary>Who follows a link has opened it, whether pictures were shown or not.</summary>
    public static readonly MemberCondition<Of> Opened = Make("opened", typeof(OpenedPart), (db, mailing) => Engaged(db, mailing, false));

    public static readonly MemberCondition<Of> Clicked = Make("clicked", typeof(ClickedPart), (db, mailing) => Engaged(db, mailing, true));

    /// <summary>
    /// Got it, and would be known to have opened it: who had not agreed by then may have read it unseen, and is not reminded of what they
    /// read.
    /// </summary>
    public static readonly MemberCondition<Of> Unopened = Make("unopened", typeof(UnopenedPart), Missed);

    static MemberCondition<Of> Make(string field, Type part, Func<SiteDb, long, Expression<Func<Member, bool>>> where) =>
        new("mailing." + field)
        {
            Fields = [field],
            Part = part,
            Permission = MailingPermissions.Write,
            FromForm = (fields, problems, texts) =>
            {
                if (fields[field] is not { } typed) return null;
                if (long.TryParse(typed, out var id)) return new(id);
                problems.Add(fields.Name(field), texts["staff.filter.unknown", typed]);
                return null;
            },
            ToForm = v => [(field, v.Mailing.ToString())],
            Where = (v, db) => where(db, v.Mailing),
            Sentence = async (v, db, texts) => texts[
                $"mailing.condition.{field}.said",
                await db.Mailings.Where(m => m.Id == v.Mailing).Select(m => m.Title).FirstOrDefaultAsync() is { } title
                    ? MergeFields.InWords(texts, title)
                    : texts["mailing.condition.gone"].Value
            ],
            IsDeleted = async (v, db, ct) => !await ReceivedCondition.Sent(db).AnyAsync(m => m.Id == v.Mailing, ct),
        };

    static IQueryable<Engagement> OfPeople(SiteDb db, long mailing) =>
        db.Engagements.Where(e => e.MailingId == mailing && e.MemberId != null && e.Verdict == Verdict.Human);

    static Expression<Func<Member, bool>> Engaged(SiteDb db, long mailing, bool clicked)
    {
        // What is not counted yet may still prove to be a machine's.
        var of = OfPeople(db, mailing).Where(e => e.Counted && (!clicked || e.Kind == EngagementKind.Click));
        return m => of.Any(e => e.MemberId == m.Id);
    }

    static Expression<Func<Member, bool>> Missed(SiteDb db, long mailing)
    {
        var (bounced, seen, agreed) =
            (db.Returns.Where(r => r.Kind == ReturnKind.Bounce), OfPeople(db, mailing), TrackedLinks.Tracked(db));
        var got = db.Deliveries.Where(d => d.MailingId == mailing && d.State == DeliveryState.Accepted
            && db.Set<Mailing>().Any(of => of.Id == mailing && of.Tracking == TrackingMode.Individual)
            && agreed.Any(c => c.MemberId == d.MemberId && c.Since <= d.SettledAt)
            && !bounced.Any(r => r.DeliveryId == d.Id));
        return m => got.Any(d => d.MemberId == m.Id) && !seen.Any(e => e.MemberId == m.Id);
    }
}
