using Community.Mailing;
using Community.Members;
using Community.Tests.House;

namespace Community.Tests.Mailing;

/// <summary>The verbs of direct mail that take who acts.</summary>
public sealed class MailingActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("ChooseTracking.Of", "mailer", c => c.Get<ChooseTracking>().Of(c.Actor, 1, TrackingMode.Aggregate, "")),
            ("KeepSuppressions.Add", "admin", c => c.Get<KeepSuppressions>().Add(c.Actor, ["a@b.example"])),
            ("KeepSuppressions.TakeOut", "admin", c => c.Get<KeepSuppressions>().TakeOut(c.Actor, "", "works")),
        ];
}
