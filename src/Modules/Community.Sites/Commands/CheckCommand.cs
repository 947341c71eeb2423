using System.CommandLine;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary><c>community boards check</c>: whether what a site's boards keep agrees with their posts.</summary>
static class CheckCommand
{
    /// <summary>The feature that is checked; the module says how.</summary>
    const string Feature = "Boards";

    public static Command Command(CommandLine line)
    {
        var key = new Argument<string>("SITE") { Description = "The site's key." };
        var check = new Command("check", "Prove that tree, numbers, counts and last posts of a site's boards agree with the posts.")
        {
            key,
        };
        check.SetAction((typed, ct) => line.With(typed, services => Check(services, typed.GetValue(key)!, ct), ct));
        return new Command("boards", "The boards of a site.") { check };
    }

    static async Task<int> Check(IServiceProvider services, string key, CancellationToken ct)
    {
        if (await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is not { } site) return SitesCommands.NoSuch(key);
        var module = services.GetRequiredService<ModuleList>().All.Single(m => m.Name == Feature);
        var found = await services.GetRequiredService<SiteScopes>().Run(site, async scope =>
        {
            var count = 0;
            await foreach (var problem in module.Check(scope, ct))
            {
                Console.WriteLine(problem);
                count++;
            }
            return count;
        });
        if (found > 0) return CommandLine.Fail($"{found} contradictions.");
        Console.WriteLine($"The boards of {key} agree with their posts.");
        return 0;
    }
}
