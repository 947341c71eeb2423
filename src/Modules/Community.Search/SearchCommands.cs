using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Search;

/// <summary><c>community search rebuild</c> and <c>community search check</c></summary>
static class SearchCommands
{
    public static IReadOnlyList<SiteCommand> All =>
    [
        new("rebuild", "Build the index anew from all posts, beside the one that is searched. Killed, it goes on where it was.", Rebuild),
        new("check", "Compare the index with the posts.", Check),
    ];

    static async Task<int> Rebuild(SiteCommandCall call)
    {
        var (scopes, site, _, output, ct) = call;
        if (!site.Features.Contains(SearchModule.Feature)) return Off(site, output);
        var (id, last) = await scopes.Run(site, async services =>
        {
            var db = services.GetRequiredService<SiteDb>();
            await using var change = await db.Change(ct);
            var index = await BuildIndex.Begin(db, ct);
            await change.Commit(ct);
            return (index.Id, await db.Posts.MaxAsync(p => (long?)p.Id, ct) ?? 0);
        });
        // A running server takes its part of the steps.
        for (var (more, told) = (true, 0L); more;)
        {
            var upTo = 0L;
            (more, upTo) = await scopes.Run(site, async services =>
            {
                var db = services.GetRequiredService<SiteDb>();
                var goesOn = await ActivatorUtilities.CreateInstance<BuildIndex>(services).Next(id, last: false, ct);
                return (goesOn, await db.SearchIndexes.Where(i => i.Id == id).Select(i => i.ReadUpTo).FirstOrDefaultAsync(ct));
            });
            if (last == 0 || upTo * 10 / last <= told) continue;
            told = upTo * 10 / last;
            if (told < 10) await output.WriteLineAsync($"{told * 10} %");
        }
        await output.WriteLineAsync($"The index of {site.Key} is built and searched.");
        return 0;
    }

    static async Task<int> Check(SiteCommandCall call)
    {
        var (scopes, site, _, output, ct) = call;
        if (!site.Features.Contains(SearchModule.Feature)) return Off(site, output);
        if (await scopes.Run(site, s => new CheckIndex(s.GetRequiredService<SiteDb>()).Run(ct)) is not { } found)
        {
            await output.WriteLineAsync($"The index of {site.Key} is not built yet.");
            return 1;
        }
        await output.WriteLineAsync(
            $"{found.Posts} posts: {found.Missing} missing in the index, {found.Outdated} with other words, {found.Left} entries left over."
        );
        if (!found.IsGood) await output.WriteLineAsync($"community search rebuild {site.Key} builds it anew.");
        return found.IsGood ? 0 : 1;
    }

    static int Off(Site site, TextWriter output)
    {
        output.WriteLine($"{site.Key} has no search: community site feature {site.Key} {SearchModule.Feature} on");
        return 1;
    }
}
