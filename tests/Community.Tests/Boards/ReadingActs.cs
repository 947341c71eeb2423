using Community.Boards;
using Community.Tests.Files;
using Community.Tests.House;

namespace Community.Tests.Boards;

/// <summary>The verbs of members who read, and of staff who arrange what they read.</summary>
public sealed class ReadingActs : ActsOfModule
{
    static readonly PollFields poll = new() { Question = "Which?", Options = "One\nOther" };

    static Translations Names(string name) => Translations.Of(_ => name);

    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("SaveCategory.Create", "admin", c => c.Get<SaveCategory>().Create(c.Actor, Names("New"), new(), default)),
        ("SaveCategory.Change", "admin", c => c.Get<SaveCategory>().Change(c.Actor, 1, Names("Other"), null, new(), default)),
        ("SaveCategory.Move", "admin", c => c.Get<SaveCategory>().Move(c.Actor, 1, true, default)),
        ("SaveCategory.Delete", "admin", c => c.Get<SaveCategory>().Delete(c.Actor, 1, default)),
        ("ChangeBoardPicture.To", "admin",
            c => c.Get<ChangeBoardPicture>().To(c.Actor, c.Board, new MemoryStream(PictureBytes.Png(17, 9)), "Hills", default)),
        ("ChangeBoardPicture.Describe", "admin", c => c.Get<ChangeBoardPicture>().Describe(c.Actor, c.Board, "Hills", default)),
        ("ChangeBoardPicture.ToNone", "admin", c => c.Get<ChangeBoardPicture>().ToNone(c.Actor, c.Board, default)),
        ("SaveReaction.Create", "admin", c => c.Get<SaveReaction>().Create(c.Actor, "🥾", Names("New"), new(), default)),
        ("SaveReaction.Change", "admin", c => c.Get<SaveReaction>().Change(c.Actor, 1, "👍", Names("Other"), null, new(), default)),
        ("SaveReaction.Move", "admin", c => c.Get<SaveReaction>().Move(c.Actor, 1, false, default)),
        ("SaveReaction.Retire", "admin", c => c.Get<SaveReaction>().Retire(c.Actor, 1, true, default)),
        ("React.To", "anna", c => c.Get<React>().To(c.Actor, c.Topic, 1, 1, true, default)),
        ("SavePoll.Save", "anna", c => c.Get<SavePoll>().Save(c.Actor, c.Topic, poll, null, new(), default)),
        ("SavePoll.Close", "anna", c => c.Get<SavePoll>().Close(c.Actor, c.Topic, true, default)),
        ("SavePoll.Delete", "anna", c => c.Get<SavePoll>().Delete(c.Actor, c.Topic, default)),
        ("Vote.In", "anna", c => c.Get<Vote>().In(c.Actor, c.Topic, [], default)),
        ("KeepBookmark.In", "anna", c => c.Get<KeepBookmark>().In(c.Actor, c.Topic, 1, true, default)),
        ("KeepBookmark.Remove", "anna", c => c.Get<KeepBookmark>().Remove(c.Actor, 1, default)),
        ("KeepBookmark.Note", "anna", c => c.Get<KeepBookmark>().Note(c.Actor, 1, "x", default)),
    ];
}
