using System.Reflection;
using System.Text.RegularExpressions;
using Community.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.House;

/// <summary>Code, addresses and tables use the words of docs/glossary.md.</summary>
public sealed partial class GlossaryTests(TestHost host)
{
    /// <summary>
    /// Words that no type, member, parameter, address, table or column may have as a part, and the word of the field in their place. A
    /// word is written as in an identifier's parts: <c>QueueBell</c> has the part <c>bell</c>. One line a word.
    /// </summary>
    static readonly Dictionary<string, string> banned = new()
    {
        ["bell"] = "signal",
        ["faster"] = "edit conflict",
        ["forgive"] = "reset",
        ["knock"] = "request to join",
        ["lane"] = "worker",
        ["lanes"] = "workers",
        ["outlook"] = "due, next run",
        ["unreached"] = "excluded",
        ["unsent"] = "rejected",
        ["worn"] = "published, active",
    };

    /// <summary>Where a banned word is the right one.</summary>
    static readonly HashSet<string> allowed = [];

    [Fact]
    public async Task Whatever_the_glossary_says_of_the_code_is_there()
    {
        var types = Types.ToLookup(t => t.Name.Split('`')[0]);
        var routes = Routes.All(host).Select(r => r.Path).ToList();
        var tables = await Tables();
        bool IsThere(string name)
        {
            if (name.StartsWith("--")) return true; // a token: themes have them
            if (name.StartsWith('/')) return routes.Any(r => r.StartsWith(name.TrimEnd('…'), StringComparison.Ordinal));
            if (name.All(c => char.IsAsciiLetterLower(c) || c == '_')) return tables.Contains(name);
            var parts = name.Split('<')[0].Split('.');
            return parts.Length == 1
                ? types.Contains(parts[0])
                : types[parts[0]].Any(t => t.GetMember(parts[1], All).Length > 0);
        }
        var names = File.ReadLines(Path.Combine(Repository.Root, "docs", "glossary.md"))
            .Where(l => l.StartsWith("| ") && !l.StartsWith("| ---"))
            .SelectMany(l => Quoted().Matches(l.TrimEnd().TrimEnd('|').Split(" | ")[^1]).Select(m => m.Groups[1].Value))
            .ToList();
        Assert.True(names.Count > 40);
        Assert.Equal([], names.Where(n => !IsThere(n)));
    }

    [Fact]
    public async Task No_identifier_has_a_word_that_was_replaced()
    {
        var identifiers = Types
            .SelectMany(t => t.GetMembers(All).SelectMany(Names).Append(t.Name).Append(t.Namespace ?? ""))
            .Concat(Routes.All(host).Select(r => r.Path))
            .Concat(await Tables(withColumns: true))
            .Where(i => !i.Contains('<') && !allowed.Contains(i))
            .Distinct();
        var found = from i in identifiers
                    from part in Part().Matches(i).Select(m => m.Value.ToLowerInvariant()).Distinct()
                    where banned.ContainsKey(part)
                    select $"{i}: {banned[part]}, not {part}";
        var lines = string.Join('\n', found.Order());
        Assert.True(lines.Length == 0, lines);
    }

    const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    static IEnumerable<Type> Types =>
        Assemblies(typeof(CommunityHost).Assembly)
            .DistinctBy(a => a.FullName)
            .SelectMany(a => a.GetTypes())
            .Where(t => t.Namespace?.StartsWith("Community", StringComparison.Ordinal) == true && !t.Name.Contains('<'));

    static IEnumerable<Assembly> Assemblies(Assembly of) =>
        of.GetReferencedAssemblies()
            .Where(a => a.Name!.StartsWith("Community", StringComparison.Ordinal))
            .SelectMany(a => Assemblies(Assembly.Load(a)))
            .Append(of);

    static IEnumerable<string> Names(MemberInfo member) =>
        member is MethodBase method ? method.GetParameters().Select(p => p.Name ?? "").Append(method.Name) : [member.Name];

    async Task<HashSet<string>> Tables(bool withColumns = false)
    {
        await using var catalogue = host.Services.GetRequiredService<Databases>().OpenCatalogue();
        var site = await host.NewSite();
        return await site.Db(db =>
            Task.FromResult(
                db.Model.GetEntityTypes()
                    .Concat(catalogue.Model.GetEntityTypes())
                    .SelectMany(e =>
                        withColumns ? e.GetProperties().Select(p => p.GetColumnName()).Append(e.GetTableName()!) : [e.GetTableName()!]
                    )
                    .ToHashSet()
            )
        );
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\p{Lu}?\p{Ll}+")]
    private static partial Regex Part();
}
