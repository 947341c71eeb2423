using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>What members choose from when they report a post. A line in one language is the same line in another.</summary>
public sealed class ReportReasons(Settings<BoardsSettings> settings, Site site, IStringLocalizer texts)
{
    const int Max = 20;

    /// <summary>Each as it is kept, in the site's language, and as a reader of this language sees it.</summary>
    public async Task<IReadOnlyList<(string Kept, string Shown)>> In(string language, CancellationToken ct = default)
    {
        var own = (await settings.Get(ct)).ReportReasons;
        var kept = Lines(own.IsEmpty ? texts.In(site.Culture, "boards.report.reasons", []) : own.For(site.Culture).Text);
        var shown = Lines(own.IsEmpty ? texts.In(language, "boards.report.reasons", []) : own.For(language).Text);
        return [.. kept.Select((line, i) => (line, i < shown.Count ? shown[i] : line))];
    }

    static List<string> Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(l => Truncate.To(Report.MaxCategoryLength, l)).Distinct().Take(Max)];
}
