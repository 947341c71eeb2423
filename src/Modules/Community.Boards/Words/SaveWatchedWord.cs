using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Moderators of all boards keep the list of watched words.</summary>
public sealed class SaveWatchedWord(SiteDb db, Actors actors, Audit audit, TimeProvider time)
{
    public const int MaxWords = 500;

    /// <summary>Saves a word; a new one without an id.</summary>
    /// <returns>False if there is no such word.</returns>
    /// <exception cref="Denied">The actor does not moderate all boards.</exception>
    /// <exception cref="Refused">There is no word, it is no expression, or there are <see cref="MaxWords"/> already.</exception>
    public async Task<bool> Save(Reader actor, long? id, WatchedWord word, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var moderator = await actors.Require(actor, BoardsPermissions.Moderate);
        if (Problem(word) is { } wrong) throw new Refused(wrong);
        WatchedWord? row;
        if (id is { } known) row = await db.Locked<WatchedWord>(known, ct);
        else
        {
            if (await db.WatchedWords.CountAsync(ct) >= MaxWords) throw new Refused("boards.words.too-many");
            db.WatchedWords.Add(row = new WatchedWord { Text = "" });
        }
        if (row is null) return false;
        (row.Text, row.IsExpression, row.WholeWord, row.Action, row.Answer, row.IsOn) =
            (word.Text.Trim(), word.IsExpression, word.WholeWord, word.Action, word.Answer.Trim(), word.IsOn);
        (row.ChangedAt, row.ChangedBy, row.FailedAt) = (time.GetUtcNow().UtcDateTime, moderator.Id, null);
        audit.Did("boards.word", "");
        db.Touch(WatchedWords.Cache);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Deletes a word. Repeating it changes nothing.</summary>
    /// <exception cref="Denied">The actor does not moderate all boards.</exception>
    public async Task Delete(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, BoardsPermissions.Moderate);
        if (await db.Locked<WatchedWord>(id, ct) is not { } row) return;
        db.WatchedWords.Remove(row);
        audit.Did("boards.word-delete", "");
        db.Touch(WatchedWords.Cache);
        await change.Commit(ct);
    }

    /// <summary>The text key of what is wrong with the word; null if nothing.</summary>
    public static string? Problem(WatchedWord word)
    {
        if (word.Text.Length > WatchedWord.MaxTextLength || word.Answer.Length > WatchedWord.MaxAnswerLength) return "boards.words.long";
        if (Folded.Of(word.Text.Trim()).Text.Length == 0) return "boards.words.missing";
        try { _ = new WordFinder(word); }
        catch (ArgumentException) { return "boards.words.expression.wrong"; }
        return null;
    }
}
