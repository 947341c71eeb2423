using Community.Members;
using Community.Tests.House;

namespace Community.Tests.Members;

/// <summary>The verbs of search, segments, tags, notes and acts on many members.</summary>
public sealed class SearchActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("SaveTags.Save", "mod", c => c.Get<SaveTags>().Save(c.Actor, null, "New", null, new(), default)),
        ("SaveTags.Delete", "mod", c => c.Get<SaveTags>().Delete(c.Actor, 1, default)),
        ("SaveTags.Set", "mod", c => c.Get<SaveTags>().Set(c.Actor, c.Member, [], default)),
        ("WriteNotes.Add", "mod", c => c.Get<WriteNotes>().Add(c.Actor, c.Member, "x", default)),
        ("WriteNotes.Delete", "mod", c => c.Get<WriteNotes>().Delete(c.Actor, c.Member, 1, default)),
        ("TakeMeasure.Warn", "mod", c => c.Get<TakeMeasure>().Warn(c.Actor, c.Member, "x", default)),
        ("TakeMeasure.Silence", "mod", c => c.Get<TakeMeasure>().Silence(c.Actor, c.Member, "x", 1, default)),
        ("TakeMeasure.EndSilence", "mod", c => c.Get<TakeMeasure>().EndSilence(c.Actor, c.Member, default)),
        ("TakeMeasure.Suspend", "mod", c => c.Get<TakeMeasure>().Suspend(c.Actor, c.Member, "x", 1, default)),
        ("TakeMeasure.Read", "anna", c => c.Get<TakeMeasure>().Read(c.Actor, default)),
        ("SaveSegment.Make", "mailer", c => c.Get<SaveSegment>().Make(c.Actor, "New", Chosen.Everybody, false, new(), default)),
        ("SaveSegment.MakeList", "mailer", c => c.Get<SaveSegment>().MakeList(c.Actor, "New", new([c.Member], []), new(), default)),
        ("SaveSegment.Change", "mailer", c => c.Get<SaveSegment>().Change(c.Actor, 1, "New", Chosen.Everybody, null, new(), default)),
        ("SaveSegment.Delete", "mailer", c => c.Get<SaveSegment>().Delete(c.Actor, 1, default)),
        ("ChooseColumns.Keep", "mod", c => c.Get<ChooseColumns>().Keep(c.Actor, ["email"], default)),
        (
            "DoInBulk.Begin",
            "admin",
            c => c.Get<DoInBulk>().Begin(c.Actor, Guid.NewGuid(), BulkKind.Tag, 1, null, Chosen.Everybody, new(), default)
        ),
        ("MergeMembers.Plan", "admin", c => c.Get<MergeMembers>().Plan(c.Actor, c.Member, c.Member + 1, default)),
        ("MergeMembers.Merge", "admin", c => c.Get<MergeMembers>().Merge(c.Actor, c.Member, c.Member + 1, new HashSet<string>(), default)),
        ("MergeMembers.Undo", "admin", c => c.Get<MergeMembers>().Undo(c.Actor, 1, default)),
        ("DoInBulk.Stop", "admin", c => c.Get<DoInBulk>().Stop(c.Actor, 1, default)),
        ("DoInBulk.Resume", "admin", c => c.Get<DoInBulk>().Resume(c.Actor, 1, default)),
        ("DoInBulk.Undo", "admin", c => c.Get<DoInBulk>().Undo(c.Actor, 1, default)),
    ];
}
