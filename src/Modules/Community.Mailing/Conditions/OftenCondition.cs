using System.Globalization;
using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>Members who got a number of mailings within the last days, or more.</summary>
static class OftenCondition
{
    const string Times = "often-times", Days = "often-days";
    const int MaxTimes = 1000;

    public sealed record Values(int Times, int Days);

    public static readonly MemberCondition<Values> Often = new("mailing.often")
    {
        Fields = [Times, Days],
        Part = typeof(OftenPart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields[Times] is null && fields[Days] is null) return null;
            var (times, days) = (Number(Times, MaxTimes), Number(Days, DaysWithin.MaxDays));
            return times is null || days is null ? null : new(times.Value, days.Value);

            int? Number(string field, int max)
            {
                if (int.TryParse(fields[field], NumberStyles.None, CultureInfo.InvariantCulture, out var read) && read >= 1 && read <= max)
                    return read;
                problems.Add(fields.Name(field), texts["conditions.days.wrong", max]);
                return null;
            }
        },
        ToForm = v => [(Times, v.Times.ToString(CultureInfo.InvariantCulture)), (Days, v.Days.ToString(CultureInfo.InvariantCulture))],
        Where = (v, db) => Got(db, v),
        Sentence = (v, _, texts) => Task.FromResult(texts["mailing.condition.often.said", v.Times, v.Days].Value),
    };

    static Expression<Func<Member, bool>> Got(SiteDb db, Values values)
    {
        var since = db.Now.AddDays(-values.Days);
        var accepted = db.Deliveries.Where(d => d.State == DeliveryState.Accepted && d.SettledAt >= since);
        var times = values.Times;
        return m => accepted.Count(d => d.MemberId == m.Id) >= times;
    }
}
