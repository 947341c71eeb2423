using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Community.BrowserTests;

// A class each, so that they run side by side.
[Trait("needs", "browser")]
[Trait("takes", "long")]
public sealed class EveryPageJapaneseTests(Chromium chromium) : EveryPageTests(chromium)
{
    [Fact]
    public Task Every_page_is_fit_for_a_telephone_in_Japanese() => Walk(Chromium.Momiji, "momiji", People, "ja", 320, "light");
}

[Trait("needs", "browser")]
[Trait("takes", "long")]
public sealed class EveryPageEnglishTests(Chromium chromium) : EveryPageTests(chromium)
{
    [Fact]
    public Task Every_page_is_fit_for_a_wide_window_in_English_and_dark() =>
        Walk(Chromium.Northwind, "northwind", People, "en", 1280, "dark");
}

[Trait("needs", "browser")]
[Trait("takes", "long")]
public sealed class EveryPageConsoleTests(Chromium chromium) : EveryPageTests(chromium)
{
    [Fact]
    public Task Every_page_of_the_console_is_fit() => Walk(Chromium.Console, "", ["", "operator"], "en", 320, "light");
}

/// <summary>
/// Walks a site link by link, as each kind of person, and looks at every page that is found: no violation of WCAG 2.2 AA by axe,
/// nothing wider than the window, no complaint of the browser, no dead link, no key in place of a text.
/// </summary>
public abstract partial class EveryPageTests(Chromium chromium)
{
    protected static readonly string[] People = ["", "member", "moderator", "mailer", "webmaster", "admin"];

    protected Chromium Chromium => chromium;

    protected async Task Walk(TestSite site, string key, string[] people, string language, int width, string scheme)
    {
        var faults = new List<string>();
        var seen = new HashSet<string>();
        foreach (var person in people)
        {
            var page = await chromium.Open(site, width, language, scheme: scheme);
            var complaints = Looking.Complaints(page);
            if (person != "") await chromium.SignIn(page, person == "operator" ? "operator@localhost" : $"{person}@{key}.example");
            await WalkAs(page, person, seen, faults);
            faults.AddRange(complaints.Select(c => $"{person}: {c}"));
            await page.Context.CloseAsync();
        }
        Assert.True(seen.Count > people.Length * 2, $"Only {seen.Count} pages were found: {string.Join(" ", seen)}");
        Assert.True(faults.Count == 0, $"{seen.Count} pages, {faults.Count} faults:\n{string.Join("\n", faults.Distinct().Take(60))}");
    }

    static async Task WalkAs(IPage page, string person, HashSet<string> seen, List<string> faults)
    {
        var queue = new Queue<string>(["/"]);
        var queued = new HashSet<string>();
        while (queue.TryDequeue(out var path))
        {
            var answer = await page.GotoAsync(path);
            var name = $"{person} {path}";
            if (answer is null || answer.Status >= 400)
                faults.Add($"{name}: answered {answer?.Status}");
            if (seen.Add(Pattern(path)) || path == "/")
                faults.AddRange(await Looking.Faults(page, name));
            // A text that is not there shows its key.
            var keys = TextKey().Matches(await page.InnerTextAsync("body")).Select(m => m.Value).Distinct().ToList();
            if (keys.Count > 0) faults.Add($"{name}: {string.Join(", ", keys.Take(5))}");
            foreach (
                var link in await page.EvaluateAsync<string[]>(
                    "[...document.querySelectorAll('a[href]:not([download])')].map(a => a.getAttribute('href'))"
                )
            )
            {
                if (!link.StartsWith('/') || Skip().IsMatch(link)) continue;
                var bare = link.Split('#')[0];
                // A page that somebody else has already walked is not walked again, but for where its links may differ by person.
                if (queued.Add(Pattern(bare)) && !seen.Contains(Pattern(bare))) queue.Enqueue(bare);
            }
        }
    }

    /// <summary>Pages of one kind count as one: ids, handles, keys and the values of queries are put aside.</summary>
    static string Pattern(string path)
    {
        var parts = path.Split('?');
        var bare = Id().Replace(parts[0], "/#");
        bare = BoardOrGroup().Replace(bare, "$1#");
        return parts.Length == 1 ? bare : bare + "?" + string.Join("&", parts[1].Split('&').Select(p => p.Split('=')[0]).Order());
    }

    [GeneratedRegex(
        "^/(language|scheme|files|themes|dev|feeds)/|/feed$|/statistics/(days|months)|/posts/\\d+$|\\.(csv|json|txt|xml|svg|ico)(\\?|$)"
    )]
    private static partial Regex Skip();

    [GeneratedRegex(
        @"(?<![\w.@/-])(?:audited?|conditions?|feature|field|permission|settings|staff|import|rights|terms|ui|web)\.[a-z][a-z0-9-]*"
            + @"(?:\.[a-z0-9-]+)*(?![\w@])"
    )]
    private static partial Regex TextKey();

    [GeneratedRegex("/(?:\\d+|[0-9a-f]{12}|[0-9a-f-]{36})(?=/|$)")]
    private static partial Regex Id();

    [GeneratedRegex("(/(?:boards|groups|sites)/)(?!new)[a-z0-9-]+(?=/|$)")]
    private static partial Regex BoardOrGroup();
}
