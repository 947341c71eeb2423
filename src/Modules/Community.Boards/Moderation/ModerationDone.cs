using Community.Ui;

namespace Community.Boards;

/// <summary>What the next page says of an act of moderation, with the way back.</summary>
static class ModerationDone
{
    /// <param name="act">What was done.</param>
    /// <param name="topicUrl">The address of the topic.</param>
    /// <param name="number">The post it was done to; null for the topic.</param>
    public static FlashMessage Of(ModerationAct act, string topicUrl, int? number = null)
    {
        var target = number is { } n ? $"{topicUrl}/posts/{n}" : topicUrl;
        return Says(act) with { Button = WayBack(act) is { } back ? new($"{target}/{back}", "boards.undo") : null };
    }

    /// <summary>The same of a report that was closed or opened again.</summary>
    public static FlashMessage OfReport(ModerationAct act, long report) =>
        Says(act) with { Button = act is ModerationAct.DismissReport ? new($"/staff/reports/{report}/reopen", "boards.undo") : null };

    static FlashMessage Says(ModerationAct act) => new("boards.done." + act);

    // Restoring needs no undo, and a moved topic can be moved back on its own page.
    static string? WayBack(ModerationAct act) => act switch
    {
        ModerationAct.HidePost or ModerationAct.HideTopic => "restore",
        ModerationAct.Lock => "unlock",
        ModerationAct.Unlock => "lock",
        ModerationAct.ArchiveTopic => "unarchive",
        ModerationAct.UnarchiveTopic => "archive",
        ModerationAct.Pin => "unpin",
        ModerationAct.Unpin => "pin",
        _ => null,
    };
}
