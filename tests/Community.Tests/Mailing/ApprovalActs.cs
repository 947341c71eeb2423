using Community.Mailing;
using Community.Members;
using Community.Tests.House;

namespace Community.Tests.Mailing;

/// <summary>The verbs of approval and of chains.</summary>
public sealed class ApprovalActs : ActsOfModule
{
    static readonly Chosen all = Chosen.Everybody;
    static readonly ChainFields chain = new("x", 1, ChainTrigger.Joined, 0, null, all, all, all, false, "3", []);

    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("ApproveMailing.Approve", "mailer", c => c.Get<ApproveMailing>().Approve(c.Actor, 1, 1, default)),
        ("SaveChain.Make", "mailer", c => c.Get<SaveChain>().Make(c.Actor, chain, new(), default)),
        ("SaveChain.Change", "mailer", c => c.Get<SaveChain>().Change(c.Actor, 1, chain, null, new(), default)),
        ("SaveChain.Switch", "mailer", c => c.Get<SaveChain>().Switch(c.Actor, 1, true, default)),
        ("SaveChain.Delete", "mailer", c => c.Get<SaveChain>().Delete(c.Actor, 1, default)),
        ("SaveVariants.Save", "mailer", c => c.Get<SaveVariants>().Save(c.Actor, 1, 1, [], new("20", true, default, ""), new(), default)),
        ("SaveVariants.ChooseWinner", "mailer", c => c.Get<SaveVariants>().ChooseWinner(c.Actor, 1, 1, default)),
        ("ApproveMailing.Decline", "mailer", c => c.Get<ApproveMailing>().Decline(c.Actor, 1, 1, "Why", default)),
    ];
}
