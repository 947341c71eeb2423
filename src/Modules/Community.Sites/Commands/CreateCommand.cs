using System.CommandLine;
using System.Text.Json.Nodes;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary><c>community sites create</c></summary>
static class CreateCommand
{
    public static Command Command(CommandLine line)
    {
        var recipe = new Option<string>("--recipe")
        {
            Description = "A recipe's file, or the name of one in the recipes folder: blank, blank-ja …",
            Required = true,
            HelpName = "FILE",
        };
        var key = new Option<string?>("--key")
        {
            Description = "Short name for folders and commands: a–z, digits, hyphens.",
            HelpName = "KEY",
        };
        var name = new Option<string?>("--name") { Description = "The name that visitors read.", HelpName = "NAME" };
        var hosts = new Option<string[]>("--host")
        {
            Description = "Host name; the first is the canonical one, others lead to it. May be repeated.",
            HelpName = "HOST",
        };
        var language = new Option<string?>("--language") { Description = "en or ja.", HelpName = "CODE" };
        var zone = new Option<string?>("--time-zone") { Description = "IANA name: Asia/Tokyo.", HelpName = "ZONE" };
        var theme = new Option<string?>("--theme") { Description = "A theme of the themes folder.", HelpName = "THEME" };
        var from = new Option<string?>("--mail-from") { Description = "Address that the site's mail comes from.", HelpName = "EMAIL" };
        var administrator = new Option<string?>("--administrator")
        {
            Description = "E-mail address of a first administrator.",
            HelpName = "EMAIL",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Any other text of the recipe: --set tagline=… --set tokens.brand=#205080",
            HelpName = "PROPERTY=VALUE",
        };
        var yes = new Option<bool>("--yes") { Description = "Make it without asking." };
        var command = new Command("create", "Make a site from a recipe. What is not said here is as the recipe says.")
        {
            recipe,
            key,
            name,
            hosts,
            language,
            zone,
            theme,
            from,
            administrator,
            set,
            yes,
        };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                    {
                        var choices = new RecipeChoices
                        {
                            Key = typed.GetValue(key),
                            Name = typed.GetValue(name),
                            Hosts = string.Join(' ', typed.GetValue(hosts) ?? []),
                            Culture = typed.GetValue(language),
                            TimeZone = typed.GetValue(zone),
                            Theme = typed.GetValue(theme),
                            MailFrom = typed.GetValue(from),
                            Administrator = typed.GetValue(administrator),
                        };
                        var file = typed.GetRequiredValue(recipe);
                        var text = File.Exists(file)
                            ? await File.ReadAllTextAsync(file, ct)
                            : await services.GetRequiredService<RecipeShelf>().Read(file, ct);
                        if (text is null)
                            return CommandLine.Fail(
                                $"There is no recipe {file}: neither a file, nor one of {string.Join(", ", services.GetRequiredService<RecipeShelf>().Names)}."
                            );
                        var read = Recipe.Parse(
                            text,
                            json =>
                            {
                                foreach (var pair in typed.GetValue(set) ?? [])
                                    Set(json, pair);
                                choices.Apply(json);
                            }
                        );
                        var plan = await services.GetRequiredService<CreateSite>().Check(read, [], ct);
                        foreach (var told in plan.Lines(services.GetRequiredService<IStringLocalizer>()))
                            Console.WriteLine(told);
                        if (!typed.GetValue(yes) && !Agrees())
                            return CommandLine.Fail("Nothing was made. Say so with --yes.");
                        var site = await services.GetRequiredService<CreateSite>().From(Operators.OfMachine, read, ct);
                        Console.WriteLine(
                            $"Made {site.Key}: {services.GetRequiredService<IOptions<CommunityOptions>>().Value.UrlOf(site, "/")}"
                        );
                        return 0;
                    },
                    ct,
                    makes: true
                )
        );
        return command;
    }

    static bool Agrees()
    {
        if (Console.IsInputRedirected) return false;
        Console.Error.Write("Make this site? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    static void Set(JsonObject json, string pair)
    {
        if (pair.Split('=', 2) is not [var path, var value]) throw new RecipeException("--set", "pair", pair);
        var names = path.Split('.');
        foreach (var name in names[..^1]) json = json[name] as JsonObject ?? (JsonObject)(json[name] = new JsonObject());
        json[names[^1]] = value;
    }
}
