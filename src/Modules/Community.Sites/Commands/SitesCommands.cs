using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary><c>community sites …</c></summary>
static class SitesCommands
{
    public static Command All(CommandLine line)
    {
        var all = new Command("sites", "List, make, change, suspend and delete sites.")
        {
            List(line),
            Show(line),
            CreateCommand.Command(line),
            SetCommand.Command(line),
            FeatureCommand.Command(line),
            Change(
                line,
                "suspend",
                "Close a site for the moment. Visitors read so, nothing is sent, nothing is lost.",
                "Suspended {0}.",
                (s, key, ct) => s.GetRequiredService<SuspendSite>().WithKey(Operators.OfMachine, key, ct)
            ),
            Change(
                line,
                "resume",
                "Open a suspended site again.",
                "{0} is open again.",
                (s, key, ct) => s.GetRequiredService<SuspendSite>().Resume(Operators.OfMachine, key, ct)
            ),
            Delete(line),
        };
        all.Aliases.Add("site");
        return all;
    }

    static Argument<string> Key() => new("KEY") { Description = "The site's key." };

    static Command List(CommandLine line)
    {
        var words = new Argument<string?>("WORDS")
        {
            Description = "Only sites with these words in key, name or host.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("list", "List the sites.") { words };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                    {
                        var list = services.GetRequiredService<SiteList>();
                        string? after = null;
                        do
                        {
                            var found = await list.Find(typed.GetValue(words), after, 200, ct);
                            if (after is null && found.Rows.Count > 0)
                                Console.WriteLine($"{"KEY",-20} {"STATE",-10} {"HOST",-32} {"THEME",-10} NAME");
                            foreach (var row in found.Rows)
                                Console.WriteLine(
                                    $"{row.Site.Key,-20} {StateOf(row),-10} {row.Site.Hosts.FirstOrDefault(),-32} {row.Site.Theme,-10} {row.Site.Name}"
                                );
                            after = found.Next;
                        } while (after is not null);
                        return 0;
                    },
                    ct
                )
        );
        return command;
    }

    static string StateOf(SiteList.Row row) =>
        !row.IsReady ? "unfinished"
        : row.Site.State is SiteState.Active ? "open"
        : row.Site.State.ToString().ToLowerInvariant();

    static Command Show(CommandLine line)
    {
        var key = Key();
        var command = new Command("show", "Show what the catalogue knows of a site.") { key };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                    {
                        var row = await services.GetRequiredService<SiteList>().WithKey(typed.GetRequiredValue(key), ct);
                        if (row is null)
                            return NoSuch(typed.GetRequiredValue(key));
                        var site = row.Site;
                        foreach (
                            var (name, value) in new[]
                            {
                                ("key", site.Key),
                                ("name", site.Name),
                                ("state", StateOf(row)),
                                ("hosts", string.Join(' ', site.Hosts)),
                                ("language", site.Culture),
                                ("time zone", site.TimeZone),
                                ("theme", site.Theme),
                                ("features", string.Join(' ', site.Features)),
                                ("mail from", $"{site.MailFromName} <{site.MailFrom}>"),
                                ("schema", site.Schema),
                                ("created", row.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
                            }
                        )
                            Console.WriteLine($"{name,-10} {value}");
                        return 0;
                    },
                    ct
                )
        );
        return command;
    }

    static Command Change(
        CommandLine line,
        string name,
        string description,
        string done,
        Func<IServiceProvider, string, CancellationToken, Task<bool>> change
    )
    {
        var key = Key();
        var command = new Command(name, description) { key };
        command.SetAction(
            (typed, ct) => line.With(typed, services => Do(services, typed.GetRequiredValue(key), done, change, ct), ct)
        );
        return command;
    }

    static Command Delete(CommandLine line)
    {
        var key = Key();
        var yes = new Option<bool>("--yes") { Description = "Really delete. There is no way back but a backup." };
        var command = new Command("delete", "Delete a site: its database, its files, everything.") { key, yes };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                        typed.GetValue(yes)
                            ? await Do(
                                services,
                                typed.GetRequiredValue(key),
                                "Deleted {0}.",
                                (s, k, c) => s.GetRequiredService<DeleteSite>().WithKey(Operators.OfMachine, k, c),
                                ct
                            )
                            : CommandLine.Fail(
                                $"This deletes the site \"{typed.GetRequiredValue(key)}\" with all its members and posts. Say so with --yes."
                            ),
                    ct
                )
        );
        return command;
    }

    static async Task<int> Do(
        IServiceProvider services,
        string key,
        string done,
        Func<IServiceProvider, string, CancellationToken, Task<bool>> change,
        CancellationToken ct
    )
    {
        if (!await change(services, key, ct)) return NoSuch(key);
        Console.WriteLine(string.Format(done, key));
        return 0;
    }

    internal static int NoSuch(string key) => CommandLine.Fail($"There is no site \"{key}\". List them with: community sites list");
}
