using System.Linq.Expressions;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Members whose copy of a given mailing the relay accepted.</summary>
static class ReceivedCondition
{
    public sealed record Of(long Mailing);

    public static readonly MemberCondition<Of> Received = new("mailing.received")
    {
        Fields = ["received"],
        Part = typeof(ReceivedPart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["received"] is not { } typed) return null;
            if (long.TryParse(typed, out var id)) return new(id);
            problems.Add(fields.Name("received"), texts["staff.filter.unknown", typed]);
            return null;
        },
        ToForm = v => [("received", v.Mailing.ToString())],
        Where = (v, db) => Got(db, v.Mailing),
        Sentence = async (v, db, texts) => texts[
            "mailing.condition.said",
            await db.Mailings.Where(m => m.Id == v.Mailing).Select(m => m.Title).FirstOrDefaultAsync() is { } title
                ? MergeFields.InWords(texts, title)
                : texts["mailing.condition.gone"].Value
        ],
        IsDeleted = async (v, db, ct) => !await Sent(db).AnyAsync(m => m.Id == v.Mailing, ct),
    };

    /// <summary>Mailings that have started, finished or not.</summary>
    public static IQueryable<Mailing> Sent(SiteDb db) => db.Mailings.Where(m => m.TestOfId == null && m.StartedAt != null);

    static Expression<Func<Member, bool>> Got(SiteDb db, long mailing)
    {
        var bounced = db.Returns.Where(r => r.Kind == ReturnKind.Bounce);
        var accepted = db.Deliveries.Where(d =>
            d.MailingId == mailing && d.State == DeliveryState.Accepted && !bounced.Any(r => r.DeliveryId == d.Id)
        );
        return m => accepted.Any(d => d.MemberId == m.Id);
    }
}
