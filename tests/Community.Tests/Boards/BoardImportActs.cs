using Community.Boards;
using Community.Tests.House;

namespace Community.Tests.Boards;

/// <summary>The verbs of imports of posts.</summary>
public sealed class BoardImportActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            (
                "ImportBoard.Upload",
                "admin",
                c => c.Get<ImportBoard>().Upload(c.Actor, 1, "a.mbox", new MemoryStream("x"u8.ToArray()), false, default)
            ),
            ("ImportBoard.Take", "admin", c => c.Get<ImportBoard>().Take(c.Actor, 1, "a", false, default)),
            ("ImportBoard.Run", "admin", c => c.Get<ImportBoard>().Run(c.Actor, 1, default)),
            ("ImportBoard.Stop", "admin", c => c.Get<ImportBoard>().Stop(c.Actor, 1, default)),
            ("ImportBoard.Resume", "admin", c => c.Get<ImportBoard>().Resume(c.Actor, 1, default)),
            ("ImportBoard.Undo", "admin", c => c.Get<ImportBoard>().Undo(c.Actor, 1, default)),
            ("ImportBoard.Discard", "admin", c => c.Get<ImportBoard>().Discard(c.Actor, 1, default)),
            ("ImportBoard.EraseGuest", "admin", c => c.Get<ImportBoard>().EraseGuest(c.Actor, "x", default)),
            ("ImportBoard.ReadFaults", "admin", c => c.Get<ImportBoard>().ReadFaults(c.Actor, 1, default)),
            ("ExportBoard.Begin", "admin", c => c.Get<ExportBoard>().Begin(c.Actor, 1, ArchiveFormat.Mbox, default)),
        ];
}
