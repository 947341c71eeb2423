using Community.Mailing;
using Community.Tests.House;
using Community.Ui;

namespace Community.Tests.Mailing;

/// <summary>The verbs of a site's own relay.</summary>
public sealed class RelayActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("ChangeRelay.Save", "admin", c => c.Get<ChangeRelay>().Save(c.Actor, new(), new Problems())),
            ("ChangeRelay.Remove", "admin", c => c.Get<ChangeRelay>().Remove(c.Actor)),
            ("ChangeRelay.Try", "admin", c => c.Get<ChangeRelay>().Try(c.Actor)),
        ];
}
