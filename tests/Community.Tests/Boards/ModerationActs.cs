using Community.Boards;
using Community.Tests.House;

namespace Community.Tests.Boards;

/// <summary>The verbs of moderators beyond <see cref="Moderate"/>.</summary>
public sealed class ModerationActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("SplitTopic.Branch", "mod", c => c.Get<SplitTopic>().Branch(c.Actor, c.Topic, 2, "T", default)),
        ("MergeTopics.Of", "mod", c => c.Get<MergeTopics>().Of(c.Actor, c.Topic, c.Topic, default)),
        ("DecideQueue.Approve", "mod", c => c.Get<DecideQueue>().Approve(c.Actor, 1, 0, null, null, default)),
        ("DecideQueue.Refuse", "mod", c => c.Get<DecideQueue>().Refuse(c.Actor, 1, 0, "", default)),
        ("CorrectPost.Edit", "mod", c => c.Get<CorrectPost>().Edit(c.Actor, c.Topic, 1, "T", "x", "Why", null, default)),
        ("DeleteForGood.Post", "admin", c => c.Get<DeleteForGood>().Post(c.Actor, c.Topic, 1, "Why", default)),
        ("ClearPosts.Begin", "mod", c => c.Get<ClearPosts>().Begin(c.Actor, Guid.NewGuid(), c.Member, "x", false, default)),
        ("ClearPosts.Stop", "mod", c => c.Get<ClearPosts>().Stop(c.Actor, 1, default)),
        ("ClearPosts.Resume", "mod", c => c.Get<ClearPosts>().Resume(c.Actor, 1, default)),
        ("ClearPosts.Undo", "mod", c => c.Get<ClearPosts>().Undo(c.Actor, 1, default)),
        ("SetTrust.Of", "mod", c => c.Get<SetTrust>().Of(c.Actor, c.Member, TrustLevel.New, "", default)),
        ("ModerateSelected.Do", "mod", c => c.Get<ModerateSelected>().Do(c.Actor, SelectedAct.Lock, [], "", null, default)),
        ("SaveWatchedWord.Save", "mod", c => c.Get<SaveWatchedWord>().Save(c.Actor, null, new() { Text = "x" }, default)),
        ("SaveWatchedWord.Delete", "mod", c => c.Get<SaveWatchedWord>().Delete(c.Actor, 1, default)),
    ];
}
