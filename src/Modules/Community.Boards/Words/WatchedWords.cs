using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Looks for the site's watched words, in bounded time: for each word, and for each post.</summary>
public sealed class WatchedWords(SiteDb db)
{
    /// <summary>The name under which the words are kept in memory, see <see cref="SiteDb.Cached"/>.</summary>
    internal const string Cache = "@boards.words";

    /// <summary>How long all words together may be looked for in one post.</summary>
    static readonly TimeSpan maxTime = TimeSpan.FromSeconds(1);

    sealed record Finders(IReadOnlyList<WordFinder> All);

    ValueTask<Finders> Load(CancellationToken ct) =>
        db.Cached(
            Cache,
            async (db, ct) => new Finders(
                [.. (await db.Set<WatchedWord>().AsNoTracking().Where(w => w.IsOn).OrderBy(w => w.Id).ToListAsync(ct))
                    .Select(w => new WordFinder(w))]),
            ct
        );

    /// <summary>What is to become of a title and a text.</summary>
    /// <exception cref="Refused">A word refuses it, in the words of the moderators.</exception>
    public async Task<Screened> Screen(string? title, string text, CancellationToken ct)
    {
        var finders = (await Load(ct)).All;
        if (finders.Count == 0) return new(title, text, HoldReasons.None, [], []);
        var began = Stopwatch.GetTimestamp();
        var (reasons, words, tags, failed) = (HoldReasons.None, new List<string>(), new List<string>(), new List<WatchedWord>());
        var (head, body) = (Folded.Of(title ?? ""), Folded.Of(text));
        // As it is read: signs of Markdown within a word disguise it.
        Folded? shown = null;
        // Refused first: what is refused need not be replaced, and is refused whatever else takes too long.
        foreach (var finder in finders.OrderBy(f => f.Word.Action is not WordAction.Refuse))
        {
            if (Stopwatch.GetElapsedTime(began) > maxTime)
            {
                reasons |= HoldReasons.Unchecked;
                break;
            }
            try
            {
                var (inTitle, inText) = (finder.In(head), finder.In(body));
                var isDisguised = inTitle.Count + inText.Count == 0;
                if (isDisguised && !IsShown(finder)) continue;
                switch (finder.Word.Action)
                {
                    case WordAction.Refuse:
                        throw new Refused(finder.Word.Answer.Length > 0 ? finder.Word.Answer : "boards.refused.word");
                    // What is disguised cannot be replaced: moderators see to it.
                    case WordAction.Replace when !isDisguised:
                        if (title is not null && inTitle.Count > 0)
                            head = Folded.Of(title = Replace(title, head, inTitle, finder.Word.Answer));
                        if (inText.Count > 0)
                            (body, shown) = (Folded.Of(text = Replace(text, body, inText, finder.Word.Answer)), null);
                        if (finder.In(Folded.Of(finder.Word.Answer)).Count > 0 || !IsShown(finder)) break;
                        goto default;
                    case WordAction.Tag:
                        tags.Add(finder.Word.Text);
                        break;
                    default:
                        reasons |= HoldReasons.Words;
                        words.Add(finder.Word.Text);
                        break;
                }
            }
            catch (RegexMatchTimeoutException)
            {
                // A word that fails does not fail the post, nor the other words.
                reasons |= HoldReasons.Unchecked;
                words.Add(finder.Word.Text);
                if (finder.Word.FailedAt is null) failed.Add(finder.Word);
            }
        }
        await Tell(failed, ct);
        return new(title, text, reasons, words, tags);

        bool IsShown(WordFinder finder) => finder.In(shown ??= Folded.Of(Markup.ToAllWords(text))).Count > 0;
    }

    static string Replace(string text, Folded folded, List<(int Start, int Length)> found, string by)
    {
        text = Characters.Legible(text);
        var replaced = new StringBuilder(text.Length);
        var at = 0;
        foreach (var (start, length) in found)
        {
            var (from, to) = folded.Original(start, length);
            if (from < at) continue;
            replaced.Append(text, at, from - at).Append(by);
            at = to;
        }
        return replaced.Append(text, at, text.Length - at).ToString();
    }

    async Task Tell(List<WatchedWord> failed, CancellationToken ct)
    {
        if (failed.Count == 0) return;
        foreach (var word in failed) db.Publish(new WatchedWordFailed(word.Id));
        var ids = failed.ConvertAll(w => w.Id);
        var now = db.Now;
        await db.SaveChangesAsync(ct);
        await db.WatchedWords.Where(w => ids.Contains(w.Id)).ExecuteUpdateAsync(s => s.SetProperty(w => w.FailedAt, now), ct);
        db.Touch(Cache);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>A post in which a word stands, with the text around it.</summary>
    public sealed record Hit(string Url, string Heading, string Before, string Found, string After);

    /// <param name="Hits">The newest first, at most <see cref="MaxHits"/>.</param>
    /// <param name="Count">In how many posts it stands.</param>
    /// <param name="Looked">How many posts were looked at.</param>
    /// <param name="TooSlow">Whether it took too long in one of them.</param>
    public sealed record Trial(IReadOnlyList<Hit> Hits, int Count, int Looked, bool TooSlow);

    const int MaxTried = 1000, MaxHits = 20, Around = 40;

    /// <summary>Looks for a word that is not on yet in the last thousand posts, for staff who moderate every board.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public async Task<Trial> Try(WatchedWord word, CancellationToken ct)
    {
        var finder = new WordFinder(word);
        var (hits, count, looked, began) = (new List<Hit>(), 0, 0, Stopwatch.GetTimestamp());
        await foreach (var post in db.Posts.AsNoTracking().Where(p => p.DeletedAt == null).OrderByDescending(p => p.Id).Take(MaxTried)
            .Select(p => new { p.Number, p.TopicId, p.Topic.Board.Key, Topic = p.Topic.Title, p.Title, p.Text })
            .AsAsyncEnumerable().WithCancellation(ct))
        {
            looked++;
            var title = post.Number == 1 ? post.Topic : post.Title;
            var text = title is null ? post.Text : title + "\n" + post.Text;
            var folded = Folded.Of(text);
            try
            {
                var found = finder.In(folded);
                // Disguised by Markdown, as when it is posted.
                if (found.Count == 0) found = finder.In(folded = Folded.Of(text = Markup.ToAllWords(post.Text)));
                if (found is not [var first, ..]) continue;
                count++;
                if (hits.Count == MaxHits) continue;
                text = Characters.Legible(text);
                var (from, to) = folded.Original(first.Start, first.Length);
                hits.Add(new(
                    new Place(post.Key, post.TopicId, post.Number).Url,
                    post.Topic,
                    (from > Around ? "…" : "") + text[Math.Max(0, from - Around)..from],
                    text[from..to],
                    text[to..Math.Min(text.Length, to + Around)]
                ));
            }
            catch (RegexMatchTimeoutException) { return new(hits, count, looked, true); }
            if (Stopwatch.GetElapsedTime(began) > maxTime * 5) break;
        }
        return new(hits, count, looked, false);
    }
}
