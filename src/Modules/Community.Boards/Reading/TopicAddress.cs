using System.Globalization;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Boards;

/// <summary>
/// The words in the address of a topic's page: <c>/boards/general/12-rain-jackets</c>. They are for people and for search engines; the
/// number decides. Below that address, and in those of posts, the number stands alone, so that they stay when the title changes.
/// </summary>
public static class TopicAddress
{
    /// <summary>Percent-encoded, a Japanese character takes nine: an address is to fit a line of a mail.</summary>
    const int MaxLength = 160;

    const string Boards = "/boards/";

    /// <summary>The words that an address had.</summary>
    sealed record Words(string Given);

    /// <summary>
    /// A title as words in an address: letters and digits of all scripts, in small letters and half width, joined by hyphens. Empty if the
    /// title has none.
    /// </summary>
    public static string WordsOf(string title)
    {
        // Lists show many topics: nothing but the result is allocated.
        Span<char> words = stackalloc char[MaxLength];
        var (length, end, left, begins) = (0, 0, MaxLength, false);
        foreach (var rune in Characters.Normal(title, NormalizationForm.FormKC).ToLowerInvariant().EnumerateRunes())
        {
            if (!Rune.IsLetterOrDigit(rune) && (length == 0 || begins || !IsMark(rune)))
            {
                // An apostrophe is within a word.
                if (rune.Value is not ('\'' or 0x2019)) begins = length > 0;
                continue;
            }
            var takes = (rune.IsAscii ? 1 : rune.Utf8SequenceLength * 3) + (begins ? 1 : 0);
            if (takes > left)
            {
                // A word with Latin letters is left out whole; scripts without spaces end where the room does.
                if (rune.IsAscii && end > 0 && !begins) length = end;
                break;
            }
            if (begins) (words[length], end, length) = ('-', length, length + 1);
            begins = false;
            length += rune.EncodeToUtf16(words[length..]);
            left -= takes;
        }
        return new string(words[..length]);
    }

    /// <summary>The number, of a part of an address such as <c>12-rain-jackets</c> or <c>12</c>.</summary>
    public static string NumberOf(string part) => part.Split('-')[0];

    static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>
    /// Takes the words out of a request's path, so that every route below a topic has the number alone. Runs before routing.
    /// </summary>
    public static Task TakeWords(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Path.Value is { } path && path.StartsWith(Boards, StringComparison.OrdinalIgnoreCase)
            && path.IndexOf('/', Boards.Length) is > 0 and var slash)
        {
            var end = path.IndexOf('/', slash + 1) is > 0 and var below ? below : path.Length;
            var hyphen = path.IndexOf('-', slash + 1, end - slash - 1);
            if (hyphen > slash + 1 && path.AsSpan(slash + 1, hyphen - slash - 1).IndexOfAnyExceptInRange('0', '9') < 0)
            {
                http.Features.Set(new AskedPath(path));
                http.Features.Set(new Words(path[(hyphen + 1)..end]));
                http.Request.Path = path.Remove(hyphen, end - hyphen);
            }
        }
        return next(http);
    }

    /// <summary>
    /// Whether the page was opened by another address than the topic has today: without words, or with those of an old title.
    /// </summary>
    public static bool IsOutdated(HttpContext http, string title) => WordsOf(title) != (http.Features.Get<Words>()?.Given ?? "");
}
