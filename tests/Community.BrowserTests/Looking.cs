using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>What every page must be: accessible, narrow enough for a telephone, quiet in the console.</summary>
static class Looking
{
    static readonly string[] rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

    public static async Task<List<string>> Faults(IPage page, string name)
    {
        var faults = new List<string>();
        var axe = await page.RunAxe(
            new()
            {
                RunOnly = new() { Type = "tag", Values = [.. rules] },
            }
        );
        faults.AddRange(
            axe.Violations.Select(v =>
                $"{name}: {v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html.Length > 160 ? n.Html[..160] : n.Html))}"
            )
        );
        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        if (overflow > 0) faults.Add($"{name}: {overflow} px wider than the window");
        if (string.IsNullOrWhiteSpace(await page.TitleAsync())) faults.Add($"{name}: no title");
        return faults;
    }

    /// <summary>Collects what the browser complains of: a refused style, a missing file, an error in a script.</summary>
    public static List<string> Complaints(IPage page)
    {
        var complaints = new List<string>();
        page.Console += (_, message) => { if (message.Type is "error" or "warning") complaints.Add($"{page.Url}: {message.Text}"); };
        page.PageError += (_, error) => complaints.Add($"{page.Url}: {error}");
        return complaints;
    }
}
