using Community.Members;
using Community.Tests.House;

namespace Community.Tests.Members;

/// <summary>The verbs of imports and exports.</summary>
public sealed class ImportActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            (
                "ImportMembers.Upload",
                "admin",
                c => c.Get<ImportMembers>().Upload(c.Actor, "a.csv", new MemoryStream("email\n"u8.ToArray()), default)
            ),
            ("ImportMembers.ReadAs", "admin", c => c.Get<ImportMembers>().ReadAs(c.Actor, 1, new("csv"), new(), default)),
            ("ImportMembers.Choose", "admin", c => c.Get<ImportMembers>().Choose(c.Actor, 1, 0, "email", default)),
            ("ImportMembers.Map", "admin", c => c.Get<ImportMembers>().Map(c.Actor, 1, new(), default)),
            ("ImportMembers.Check", "admin", c => c.Get<ImportMembers>().Check(c.Actor, 1, default)),
            ("ImportMembers.Run", "admin", c => c.Get<ImportMembers>().Run(c.Actor, 1, default)),
            ("ImportMembers.Stop", "admin", c => c.Get<ImportMembers>().Stop(c.Actor, 1, default)),
            ("ImportMembers.Resume", "admin", c => c.Get<ImportMembers>().Resume(c.Actor, 1, default)),
            ("ImportMembers.Undo", "admin", c => c.Get<ImportMembers>().Undo(c.Actor, 1, default)),
            ("ImportMembers.ReadProblems", "admin", c => c.Get<ImportMembers>().ReadProblems(c.Actor, 1, default)),
        ("ImportMembers.Discard", "admin", c => c.Get<ImportMembers>().Discard(c.Actor, 1, default)),
            (
                "ExportFound.Begin",
                "admin",
                c => c.Get<ExportFound>().Begin(c.Actor, Chosen.Everybody, ExportFormat.Csv, ["name"], "upkeep", new(), default)
            ),
        ];
}
