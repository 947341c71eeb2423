using System.Text.Json;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// A mailing that follows up another, to those who did something with it. Its audience is an ordinary condition on the first mailing,
/// evaluated when it starts: whoever opens the first an hour before counts, and consent is asked for anew.
/// </summary>
static class Wave
{
    /// <summary>What one can be chosen by; each the name of a condition on the first mailing, <c>mailing.{word}</c>.</summary>
    static readonly IReadOnlyList<string> words = ["opened", "clicked", "unopened", "received"];

    /// <summary>The words that the site offers now, by its conditions.</summary>
    public static async ValueTask<IReadOnlyList<string>> Offered(SiteDb db, Reader reader)
    {
        var known = (await Audience.Conditions(db, reader)).Select(c => c.Key).ToHashSet();
        return [.. words.Where(w => known.Contains("mailing." + w))];
    }

    /// <summary>How many would get it if it started now.</summary>
    public static async Task<int> Now(SiteDb db, Mailing mailing, string word) =>
        await (await Audience.Receivers(new() { KindId = mailing.KindId, Audience = new(Of(word, mailing.Id)!) }, db)).CountAsync();

    /// <summary>The audience of the members of whom the word is true; null for a word that is none.</summary>
    public static Chosen? Of(string word, long mailing) => !words.Contains(word) ? null
        : Chosen.By(("mailing." + word, JsonSerializer.SerializeToElement(new { mailing })));
}
