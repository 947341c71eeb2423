using Community.Mailing;
using Community.Tests.House;

namespace Community.Tests.Mailing;

/// <summary>The verbs of those who approve mailings.</summary>
public sealed class ApprovalActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("ApproveMailing.Approve", "mailer", c => c.Get<ApproveMailing>().Approve(c.Actor, 1, 1, default)),
        ("ApproveMailing.Decline", "mailer", c => c.Get<ApproveMailing>().Decline(c.Actor, 1, 1, "Why", default)),
    ];
}
