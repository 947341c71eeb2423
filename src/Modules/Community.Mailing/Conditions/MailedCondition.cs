using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;

namespace Community.Mailing;

/// <summary>Members to whom the relay took a mailing between two days, or within the last days.</summary>
static class MailedCondition
{
    const string From = "mailed-from", To = "mailed-to", Days = "mailed-days";

    public static readonly MemberCondition<DaysWithin> Mailed = new("mailing.mailed")
    {
        Fields = [From, To, Days],
        Part = typeof(MailedPart),
        FromForm = (fields, problems, texts) => DaysWithin.Read(fields, From, To, Days, problems, texts),
        ToForm = v => v.Write(From, To, Days),
        Where = (v, db) => Got(db, v.Within(db)),
        Sentence = (v, _, texts) => Task.FromResult(v.Say("mailing.condition.mailed", texts)),
    };

    static Expression<Func<Member, bool>> Got(SiteDb db, (DateTime Start, DateTime End) days)
    {
        var accepted = db.Deliveries.Where(d =>
            d.State == DeliveryState.Accepted && d.SettledAt >= days.Start && d.SettledAt < days.End
        );
        return m => accepted.Any(d => d.MemberId == m.Id);
    }
}
