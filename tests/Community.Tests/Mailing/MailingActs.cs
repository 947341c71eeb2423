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
            ("DecideHandOff.Choose", "mailer", c => c.Get<DecideHandOff>().Choose(c.Actor, 1, MailingRoute.WebServers)),
            ("DecideHandOff.HandRest", "mailer", c => c.Get<DecideHandOff>().HandRest(c.Actor, 1)),
            ("DecideHandOff.TakeBack", "mailer", c => c.Get<DecideHandOff>().TakeBack(c.Actor, 1, TakeBackReason.ForWebServers)),
            ("ChangeMailFiles.Add", "mailer", c => c.Get<ChangeMailFiles>().Add(c.Actor, 1, 1, new MemoryStream("x"u8.ToArray()), "x.txt")),
            ("ChangeMailFiles.Remove", "mailer", c => c.Get<ChangeMailFiles>().Remove(c.Actor, 1, 1, "")),
            ("ChangeMailFiles.Embed", "mailer", c => c.Get<ChangeMailFiles>().Embed(c.Actor, 1, 1, true)),
            ("ListInArchive.Set", "mailer", c => c.Get<ListInArchive>().Set(c.Actor, 1, true)),
            ("KeepSuppressions.Add", "admin", c => c.Get<KeepSuppressions>().Add(c.Actor, ListLine.Of("a@b.example"))),
            ("KeepSuppressions.TakeOut", "admin", c => c.Get<KeepSuppressions>().TakeOut(c.Actor, "", "works")),
        ];
}
