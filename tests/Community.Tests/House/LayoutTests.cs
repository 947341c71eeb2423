using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Components;

namespace Community.Tests.House;

/// <summary>The lines along which the projects may refer to each other, and words that say nothing.</summary>
public sealed partial class LayoutTests
{
    /// <summary>
    /// What each may refer to. A module that does not stand here: Kernel, Ui, Members, and the modules whose features it needs.
    /// </summary>
    static readonly Dictionary<string, string[]> allowed = new()
    {
        ["Community.Mail"] = [],
        ["Community.Delivery.Contract"] = [],
        ["Community.Delivery"] = ["Community.Delivery.Contract", "Community.Mail"],
        ["Community.Mailing"] = ["Community.Delivery.Contract", "Community.Kernel", "Community.Ui", "Community.Members"],
        ["Community.Kernel"] = ["Community.Mail"],
        ["Community.Data"] = ["Community.Kernel"],
        ["Community.Ui"] = ["Community.Kernel"],
        ["Community.Themes"] = ["Community.Kernel", "Community.Ui"],
        ["Community.Members"] = ["Community.Kernel", "Community.Ui"],
        ["Community.Sites"] = ["Community.Delivery.Contract", "Community.Kernel", "Community.Ui", "Community.Members", "Community.Themes"],
    };

    static IEnumerable<string> MayReferTo(string project) =>
        allowed.GetValueOrDefault(project)
        ?? [
            "Community.Kernel",
            "Community.Ui",
            "Community.Members",
            .. Community.Web.HostModules.All.Single(m => m.Assembly.GetName().Name == project).Needs.Select(n => "Community." + n),
        ];

    [Fact]
    public void Modules_refer_to_each_other_along_one_line()
    {
        foreach (var project in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            // The host has them all.
            if (Path.GetFileNameWithoutExtension(project) is "Community.Web") continue;
            var may = MayReferTo(Path.GetFileNameWithoutExtension(project));
            var refers = XDocument
                .Load(project)
                .Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Empty(refers.Except(may).Select(r => $"{Path.GetFileName(project)} → {r}"));
        }
    }

    [Fact]
    public void Every_project_stands_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Community.sln"));
        Assert.Equal(
            [],
            new[] { "src", "tests", "tools" }
                .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.csproj", SearchOption.AllDirectories))
                .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('/', '\\'))
                .Where(f => !solution.Contains($"\"{f}\""))
        );
    }

    /// <summary>A form whose token is wrong is shown anew; that base alone keeps its handlers from being called.</summary>
    [Fact]
    public void Every_component_is_a_loaded_component() =>
        Assert.Empty(
            Community
                .Web.HostModules.All.Select(m => m.Assembly)
                .Append(typeof(LoadedComponent).Assembly)
                .Distinct()
                .SelectMany(a => a.GetTypes())
                .Where(t =>
                    typeof(Microsoft.AspNetCore.Components.IComponent).IsAssignableFrom(t) && !typeof(LoadedComponent).IsAssignableFrom(t)
                )
                .Select(t => t.FullName)
        );

    /// <summary>
    /// What a part of a page injects works on the request's database, which another part may be asking at the same time: PostgreSQL refuses
    /// that now and then. A part asks by <c>Db</c> and <c>Own&lt;T&gt;()</c>.
    /// </summary>
    [Fact]
    public void No_part_of_a_page_injects_what_asks_the_database() =>
        Assert.Equal(
            [],
            Community
                .Web.HostModules.All.SelectMany(m => m.Assembly.GetTypes())
                .Where(t => t.IsSubclassOf(typeof(PartOfPage)))
                .SelectMany(t =>
                    t.GetProperties(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
                        .Where(p => p.IsDefined(typeof(InjectAttribute)) && AsksDatabase(p.PropertyType, []))
                        .Select(p => $"{t.Name}: {p.PropertyType.Name}")
                )
                .Distinct()
        );

    static bool AsksDatabase(Type service, HashSet<Type> seen) =>
        service == typeof(SiteDb)
        || seen.Add(service)
            && service.Namespace?.StartsWith("Community") == true
            && service.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
                .SelectMany(c => c.GetParameters())
                .Any(p => AsksDatabase(p.ParameterType, seen));

    [Fact]
    public void No_file_has_an_empty_name()
    {
        var empty = new Regex("(Helper|Helpers|Util|Utils|Manager|Dto|Repository|Base|Extensions)\\.(cs|razor)$");
        Assert.Empty(
            Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
                .Where(f => !f.Contains("/obj/") && empty.IsMatch(f))
                .Select(Path.GetFileName)
        );
    }

    [Fact]
    public void Nothing_inline_stands_in_a_page()
    {
        var inline = new Regex("<script(?![^>]*\\bsrc=)|\\sstyle=\"|\\son[a-z]+=\"(?!@)|<style", RegexOptions.IgnoreCase);
        var pages = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.razor", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/"));
        Assert.Empty(
            pages.Where(f => inline.IsMatch(File.ReadAllText(f).Replace("onsubmit=\"", "@onsubmit=\"@"))).Select(Path.GetFileName)
        );
    }

    [Fact]
    public void Every_page_ends_its_title_with_the_name_of_its_site()
    {
        var sources = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.razor", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/"));
        Assert.Equal(
            [],
            sources
                .Where(f => new Regex("<PageTitle>(?!@Site\\.Name<)(?!.* – @Site\\.Name</)").IsMatch(File.ReadAllText(f)))
                .Select(Path.GetFileName)
        );
    }

    /// <summary>The framework's method throws at U+FFFE and at half a surrogate pair, whoever typed them.</summary>
    [Fact]
    public void Text_is_normalized_in_one_place_which_takes_any_text()
    {
        var sources = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".razor" && !f.Contains("/obj/"));
        // The library that reads returned mail stands without the kernel, and takes out of its texts what cannot be normalized.
        Assert.Equal(
            ["Characters.cs", "ReturnedWords.cs"],
            sources.Where(f => File.ReadAllText(f).Contains(".Normalize(")).Select(Path.GetFileName).Order()
        );
    }

    /// <summary>What stands once: the words that only the file with the rule, or the part of a screen, may hold.</summary>
    [Theory]
    [InlineData("class=\"breadcrumbs\"", "Crumbs.razor")]
    [InlineData("class=\"pager\"", "Pager.razor")]
    [InlineData("<select", "Select.razor")]
    [InlineData("new CookieOptions", "")]
    [InlineData("CookieOptions Options(HttpContext http, TimeSpan? lifetime, SameSiteMode", "SiteCookie.cs")]
    [InlineData("\"Referrer-Policy\"", "SecretAddress.cs SecurityHeaders.cs")]
    [InlineData("ClaimTypes.NameIdentifier", "MemberClaim.cs MemberClaims.cs")]
    [InlineData("\"_handler\"", "FormHandler.cs")]
    [InlineData("\"•••\"", "EmailAddress.cs")]
    [InlineData("== \"ja\"", "")]
    [InlineData("RemoveAt(Size)", "")]
    public void A_rule_and_a_part_of_a_screen_stand_once(string words, string files) =>
        Assert.Equal(
            files.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Repository.Sources.Where(f => File.ReadAllText(f).Contains(words)).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void No_line_is_longer_than_140_columns() =>
        Assert.Empty(
            Repository
                .Sources.Where(f => !Generated().IsMatch(f))
                .SelectMany(f => TooLong(File.ReadAllLines(f)).Select(n => $"{Path.GetRelativePath(Repository.Root, f)}:{n}"))
        );

    /// <summary>The numbers of lines that are too long. What stands in a raw string is as long as it has to be.</summary>
    static IEnumerable<int> TooLong(string[] lines)
    {
        var raw = false;
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > 140 && !raw && !Alone().IsMatch(lines[i])) yield return i + 1;
            if (lines[i].Split("\"\"\"").Length % 2 == 0) raw = !raw;
        }
    }

    [GeneratedRegex("Community\\.Data/[A-Za-z]+/(Sites|Catalogues)/")]
    private static partial Regex Generated();

    /// <summary>A literal that cannot be broken may be longer, alone on its line.</summary>
    [GeneratedRegex("^\\s*([?:+] )?[$@]*\".*\"[,;)]*( \\+)?$")]
    private static partial Regex Alone();

    [Fact]
    public void Each_decision_has_a_number_of_its_own_and_says_it() =>
        Assert.Empty(
            Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "docs", "decisions"), "*.md")
                .GroupBy(f => Path.GetFileName(f)[..4])
                .Where(g => g.Count() > 1 || !File.ReadLines(g.First()).First().StartsWith("# " + g.Key, StringComparison.Ordinal))
                .Select(g => g.Key)
        );
}
