using System.CommandLine;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary><c>community events show</c> and <c>community events rebuild</c></summary>
static class EventsCommand
{
    public static Command Command(CommandLine line)
    {
        var key = new Argument<string>("SITE") { Description = "The site's key." };
        var handler = new Argument<string>("HANDLER") { Description = "The handler's name, as show prints it." };
        var show = new Command("show", "Print how far each handler of a site has read its log, and what keeps it.") { key };
        show.SetAction((typed, ct) => line.With(typed, services => Show(services, typed.GetValue(key)!, ct), ct));
        var rebuild = new Command("rebuild", "Let a handler read a site's log once more, from the oldest event that is kept.")
        {
            key,
            handler,
        };
        rebuild.SetAction((typed, ct) =>
            line.With(typed, services => Rebuild(services, typed.GetValue(key)!, typed.GetValue(handler)!, ct), ct)
        );
        return new Command("events", "The log of what happened on a site, and its handlers.") { show, rebuild };
    }

    static async Task<int> Show(IServiceProvider services, string key, CancellationToken ct)
    {
        if (await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is not { } site) return SitesCommands.NoSuch(key);
        foreach (
            var handler in await services
                .GetRequiredService<SiteScopes>()
                .Run(site, s => s.GetRequiredService<EventHandlers>().Status(ct))
        )
        {
            Console.WriteLine($"{handler.Name}: at {handler.Seq}, {handler.Lag} behind");
            if (handler.Attempts > 0)
                Console.WriteLine($"  {handler.Attempts} attempts, next {handler.RetryAt:yyyy-MM-dd'T'HH:mm:ss'Z'}: {handler.Error}");
        }
        return 0;
    }

    static async Task<int> Rebuild(IServiceProvider services, string key, string handler, CancellationToken ct)
    {
        if (await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is not { } site) return SitesCommands.NoSuch(key);
        if (!await services.GetRequiredService<SiteScopes>().Run(site, s => s.GetRequiredService<EventHandlers>().Rebuild(handler, ct)))
            return CommandLine.Fail($"{key} has no handler {handler}. community events show {key} lists them.");
        Console.WriteLine($"{handler} of {key} begins anew within half a minute, if a server runs.");
        return 0;
    }
}
