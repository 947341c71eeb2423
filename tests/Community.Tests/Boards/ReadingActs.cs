using Community.Boards;
using Community.Tests.House;

namespace Community.Tests.Boards;

/// <summary>The verbs of members who read.</summary>
public sealed class ReadingActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("KeepBookmark.In", "anna", c => c.Get<KeepBookmark>().In(c.Actor, c.Topic, 1, true, default)),
        ("KeepBookmark.Remove", "anna", c => c.Get<KeepBookmark>().Remove(c.Actor, 1, default)),
        ("KeepBookmark.Note", "anna", c => c.Get<KeepBookmark>().Note(c.Actor, 1, "x", default)),
    ];
}
