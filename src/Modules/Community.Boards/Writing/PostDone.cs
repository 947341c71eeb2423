using Community.Ui;

namespace Community.Boards;

/// <summary>What the next page says of a post that its author, or a moderator, has just changed.</summary>
static class PostDone
{
    public const string Posted = "boards.done.Posted", Edited = "boards.done.Edited", Deleted = "boards.done.Deleted",
        Waits = "boards.done.Waits", EditWaits = "boards.done.EditWaits";

    /// <summary>The place above a post; see <see cref="FlashMessage.At"/>.</summary>
    public static string Above(long topicId, int number) => $"post {topicId}/{number}";
}
