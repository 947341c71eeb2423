using System.Diagnostics;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Tests.Sites;

/// <summary>The command line, beside a running server.</summary>
[Trait("takes", "long")]
public sealed class CommandTests(TestHost host)
{
    Dictionary<string, string?> Settings
    {
        get
        {
            var options = host.Services.GetRequiredService<IOptions<CommunityOptions>>().Value;
            var recipes = host.Services.GetRequiredService<IOptions<global::Community.Sites.SitesOptions>>().Value.Recipes;
            var themes = host.Services.GetRequiredService<IOptions<global::Community.Themes.ThemesOptions>>().Value.Themes;
            return new()
            {
                ["Community:Data"] = options.Data,
                ["Community:Database"] = options.Database,
                ["Community:Recipes"] = recipes,
                ["Community:Themes"] = themes,
                ["Community:PasswordIterations"] = "1000",
                ["environment"] = "Production",
                ["Community:Relay"] = "smtp://127.0.0.1:1",
            };
        }
    }

    Task<(int Code, string Out, string Error)> Community(string arguments) =>
        Commands.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), Settings);

    /// <summary>In a process of its own, with words on its standard input.</summary>
    async Task<(int Code, string Out, string Error)> Process(string arguments, string input)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Community.Web.dll"), .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (key, value) in Settings) start.Environment[key.Replace(":", "__")] = value;
        using var process = System.Diagnostics.Process.Start(start)!;
        await process.StandardInput.WriteLineAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(new CancellationTokenSource(TestSite.Patience).Token);
        return (process.ExitCode, await output, await error);
    }

    Task<bool> Answers(string name, int status) => Raw.Get(host.Port, "/", name).ContinueWith(a => a.Result.Status == status);

    [Fact]
    public async Task A_feature_is_switched_and_a_member_exported_and_erased_beside_a_running_server()
    {
        var site = await host.NewSite();
        var key = site.Site.Key;
        Assert.Matches("Mailing +on", (await Community($"site feature {key}")).Out);
        Assert.Equal(0, (await Community($"site feature {key} Mailing off")).Code);
        Assert.Matches("Mailing +off", (await Community($"site feature {key} list")).Out);
        await TestSite.Until(
            async () => (await (await site.SignIn("admin")).Get("/staff/mailings")).Status == System.Net.HttpStatusCode.NotFound,
            "the server knows it"
        );
        Assert.Contains("cannot be switched off", (await Community($"site feature {key} Members off")).Error);
        var ben = await site.Db(db => db.Set<global::Community.Members.Member>().SingleAsync(m => m.Email == "ben@example.com"));
        var file = Path.Combine(host.Data, key + ".zip");
        Assert.Equal(0, (await Community($"member export {key} {ben.Handle} --out {file}")).Code);
        using (var zip = System.IO.Compression.ZipFile.OpenRead(file)) Assert.NotNull(zip.GetEntry("data.json"));
        Assert.Contains("--yes", (await Community($"member erase {key} {ben.Id}")).Error);
        Assert.Equal(0, (await Community($"member erase {key} {ben.Id} --yes")).Code);
        Assert.False(await site.Db(db => db.Set<global::Community.Members.Member>().AnyAsync(m => m.Id == ben.Id)));
        Assert.Contains("no member", (await Community($"member export {key} {ben.Id} --out {file}2")).Error);
    }

    [Fact]
    public async Task Members_are_imported_from_a_file_beside_a_running_server_and_a_broken_off_import_goes_on()
    {
        var site = await host.NewSite();
        var key = site.Site.Key;
        var folder = Directory.CreateDirectory(Path.Combine(host.Data, key + "-import")).FullName;
        string In(string name, string text)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            return Path.Combine(folder, name);
        }
        Task<int> Members(string like) =>
            site.Db(db => db.Set<global::Community.Members.Member>().CountAsync(m => m.Email!.StartsWith(like)));
        var file = In("members.csv", "Contact,氏名\ncli1@example.com,One\ncli2@example.com,Two\nnobody,Three\n");
        const string by = " --by admin@example.com";

        // Nothing is guessed of the first column: that is said, and nothing kept.
        var refused = await Community($"import {key} {file} --yes{by}");
        Assert.Equal(1, refused.Code);
        Assert.Contains("\"heading\": \"Contact\"", refused.Out);
        Assert.Equal(0, await site.Db(db => db.MemberImports.CountAsync()));
        var tried = await Community($"import {key} {file} --dry-run --column Contact=email{by}");
        Assert.Equal(2, tried.Code);
        Assert.Contains("2 would be created, 0 changed, 0 unchanged, 1 bad", tried.Out);
        Assert.Matches("line 4: Contact: .+", tried.Out);
        Assert.DoesNotContain("nobody", tried.Out);
        Assert.Equal((0, 0), (await Members("cli"), await site.Db(db => db.MemberImports.CountAsync())));

        // What the columns mean comes from a file as well; without an answer nothing is imported.
        var mapping = In(
            "mapping.json",
            """{"mode":"Replace","columns":[{"heading":"Contact","target":"email"},{"heading":"氏名","target":"name"}]}"""
        );
        Assert.Contains("Nothing was imported", (await Process($"import {key} {file} --mapping {mapping}{by}", "y")).Error);
        var done = await Community($"import {key} {file} --mapping {mapping} --yes{by}");
        Assert.Equal(2, done.Code);
        Assert.Contains("2 are created", done.Out);
        Assert.Equal(2, await Members("cli"));
        // The headings are remembered.
        Assert.Equal(0, (await Community($"import {key} {In("again.csv", "Contact,氏名\ncli3@example.com,Three\n")} --yes{by}")).Code);

        foreach (var (arguments, error) in new[]
        {
            ($"{file} --column Telephone=email", "no column \"Telephone\""),
            ($"{file} --mapping {In("bad.json", """{"colums":[]}""")}", "colums"),
            ("", "--resume"),
            ("--resume 999", "no import 999"),
            (In("empty.csv", ""), "empty"),
        })
        {
            var wrong = await Community($"import {key} {arguments}{by}");
            Assert.Equal((1, true), (wrong.Code, wrong.Error.Contains(error)));
        }
        Assert.Contains("may not import", (await Community($"import {key} {file} --yes --by anna@example.com")).Error);
        Assert.Contains("no member", (await Community($"import {key} {file} --yes --by x@example.com")).Error);

        // Broken off at row 700.
        var many = In("many.csv", "Contact,氏名\n" + string.Concat(Enumerable.Range(1, 1200).Select(n => $"many{n}@example.com,Many {n}\n")));
        var admin = await site.SignIn("admin");
        var id = (await Imports.Check(admin, await Imports.Upload(admin, await File.ReadAllTextAsync(many)))).Id;
        Assert.Contains("not one that was broken off", (await Community($"import {key} --resume {id}{by}")).Error);
        await site.Db(db => db.MemberImports.Where(i => i.Id == id)
            .ExecuteUpdateAsync(i => i.SetProperty(m => m.State, ImportState.Stopped).SetProperty(m => m.ReadUpTo, 700)));
        var resumed = await Community($"import {key} --resume {id}{by}");
        Assert.Equal((0, 500), (resumed.Code, await Members("many")));
        Assert.Contains("not one that was broken off", (await Community($"import {key} --resume {id}{by}")).Error);
    }

    [Fact]
    public async Task A_site_is_made_suspended_opened_and_deleted_while_the_server_runs()
    {
        var key = "cli" + Guid.NewGuid().ToString("N")[..8];
        var name = key + ".example.test";
        // The server has looked for the name before, and remembers that there is none.
        Assert.True(await Answers(name, 404));

        // What will be made is shown first, and nobody who could say yes sits here.
        var create =
            $"sites create --recipe blank --key {key} --name Cli --host {name} --host www.{name} --set tagline=Hello"
            + $" --administrator boss@{name}";
        var shown = await Process(create, "");
        Assert.Equal(1, shown.Code);
        Assert.Contains("--yes", shown.Error);
        Assert.Contains($"boss <boss@{name}>: administrator", shown.Out);
        Assert.Contains("Conversation", shown.Out);
        Assert.True(await Answers(name, 404));
        var made = await Community(create + " --yes");
        Assert.Equal((0, ""), (made.Code, made.Error));
        await TestSite.Until(() => Answers(name, 200), "the server answers for a site made beside it");
        Assert.Contains(name, (await Community("sites list " + key)).Out);
        Assert.Contains("www." + name, (await Community("sites show " + key)).Out);

        Assert.Equal(
            (0, ""),
            await Community($"sites set {key} --name Renamed --host new-{name} --host {name}") is var set ? (set.Code, set.Error) : default
        );
        await TestSite.Until(() => Answers("new-" + name, 200), "the server answers under the new name");
        Assert.Contains("Renamed", (await Community("sites show " + key)).Out);
        Assert.Equal(0, (await Community($"sites set {key} --host {name}")).Code);
        await TestSite.Until(() => Answers(name, 200), "the server answers under the old name again");

        Assert.Equal(0, (await Community("sites suspend " + key)).Code);
        await TestSite.Until(() => Answers(name, 503), "the server closes a site suspended beside it");
        Assert.Equal(0, (await Community("sites resume " + key)).Code);
        await TestSite.Until(() => Answers(name, 200), "the server opens a site resumed beside it");

        var site = (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(key, default))!;
        var asked = await Community("sites delete " + key);
        Assert.Equal(1, asked.Code);
        Assert.Contains("--yes", asked.Error);
        Assert.Equal(0, (await Community($"sites delete {key} --yes")).Code);
        await TestSite.Until(() => Answers(name, 404), "the server forgets a site deleted beside it");
        await ConsoleTests.AssertNothingLeft(host, site);
        Assert.Equal(1, (await Community($"sites delete {key} --yes")).Code);
    }

    [Theory]
    [InlineData("sites create --recipe blank --key operator", "operator")]
    [InlineData("sites create --recipe nothing-of-that-name", "blank-ja")]
    [InlineData("sites create --recipe blank --key X --time-zone Mars", "Mars")]
    [InlineData("sites create", "--recipe")]
    [InlineData("sites suspend operator", "console")]
    [InlineData("sites show nobody", "nobody")]
    [InlineData("sites set nobody --name X", "nobody")]
    [InlineData("sites set operator --name X", "console")]
    [InlineData("sites set operator", "--name")]
    [InlineData("sits list", "sites")]
    [InlineData("operator password nobody@example.com", "password")]
    public async Task What_cannot_be_done_is_said_in_a_line_and_ends_with_1(string arguments, string words)
    {
        var result = await Community(arguments);
        Assert.Equal(1, result.Code);
        Assert.Contains(words, result.Error + result.Out);
        Assert.DoesNotContain("   at ", result.Error + result.Out);
    }

    [OnBothDatabases, Fact]
    public async Task A_mistyped_folder_or_database_is_no_new_installation()
    {
        var where = TestHost.OnPostgreSql
            ? "--database " + host.Database[..host.Database.IndexOf(";Connection", StringComparison.Ordinal)] + "nowhere"
            : "--data " + Path.Combine(host.Data, "nowhere");
        var result = await Community("sites list " + where);
        Assert.Equal(1, result.Code);
        Assert.Contains(TestHost.OnPostgreSql ? "--database" : "--data", result.Error);
        Assert.False(Directory.Exists(Path.Combine(host.Data, "nowhere")));
    }

    [Fact]
    public async Task Records_that_were_changed_behind_the_program_are_found()
    {
        var site = await host.NewSite();
        var old = host.Clock.Now.AddHours(-1);
        await site.Db(async db =>
        {
            db.Audit.AddRange(
                Enumerable
                    .Range(0, 3)
                    .Select(i => new AuditRecord
                    {
                        At = old,
                        Action = "members.open",
                        Purpose = "Question " + i,
                    })
            );
            await db.SaveChangesAsync();
            await new SealAudit(db, host.Clock).Handle(new Tick(), default);
            return await db.AuditSeals.CountAsync();
        });
        var result = await Community("audit check " + site.Site.Key);
        Assert.Equal((0, ""), (result.Code, result.Error));
        await site.Db(db => db.Audit.Where(a => a.Purpose == "Question 1").ExecuteUpdateAsync(s => s.SetProperty(a => a.Purpose, "Other")));
        result = await Community("audit check " + site.Site.Key);
        Assert.Equal(1, result.Code);
        Assert.Contains(site.Site.Key, result.Error);
        Assert.Equal(1, (await Community("audit check nobody")).Code);
    }

    [Fact]
    public async Task The_handlers_of_a_sites_log_are_shown_and_rebuilt()
    {
        var site = await host.NewSite();
        await (await site.SignIn("anna")).Start("general", "A topic");
        await TestSite.Until(
            () => site.Db(db => db.EventCursors.AnyAsync(c => c.Handler == "boards.counters" && c.Seq == 1)),
            "the topic is counted"
        );
        Assert.Contains("boards.counters: at 1, 0 behind", (await Community("events show " + site.Site.Key)).Out);
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.PostCount, 77)));
        Assert.Equal(0, (await Community($"events rebuild {site.Site.Key} boards.counters")).Code);
        Assert.Equal(1, await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.PostCount).SingleAsync()));
        Assert.Contains("no handler", (await Community($"events rebuild {site.Site.Key} no.such")).Error);
        Assert.Equal(1, (await Community("events show nobody")).Code);
    }

    [Fact]
    public async Task A_mistyped_command_is_told_in_few_lines()
    {
        var result = await Community("sites lst");
        Assert.Equal(1, result.Code);
        Assert.InRange((result.Error + result.Out).Trim().Split('\n').Length, 1, 8);
    }

    [Fact]
    public async Task Help_names_every_command()
    {
        var help = await Community("--help");
        Assert.Equal(0, help.Code);
        foreach (var word in new[] { "sites", "migrate", "operator", "audit", "--data", "--database" }) Assert.Contains(word, help.Out);
    }

    [Fact]
    public async Task The_version_is_the_one_of_the_changelog()
    {
        var said = await Community("--version");
        Assert.Equal(0, said.Code);
        Assert.Equal("Community " + ProgramVersion.Current, said.Out.Trim());
        Assert.Contains($"\n## [{ProgramVersion.Current}]", File.ReadAllText(Path.Combine(Repository.Root, "CHANGELOG.md")));
    }

    [Fact]
    public async Task Migrating_when_all_is_up_to_date_changes_nothing()
    {
        // A host of its own: other tests take databases away.
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var result = await new CommandTests(own).Community("migrate");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("0 failed", result.Out);
        Assert.Equal(200, (await Raw.Get(own.Port, "/", site.Site.CanonicalHost)).Status);
    }

    [Fact]
    public async Task Staff_get_a_new_password_from_standard_input()
    {
        var site = await host.NewSite();
        var result = await Process($"operator password admin@example.com --site {site.Site.Key}", "eleven purple herons");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.DoesNotContain("herons", result.Out);
        var page = await site.Visitor()
            .Submit("/sign-in", new() { ["Email"] = "admin@example.com", ["Password"] = "eleven purple herons" });
        Assert.NotNull(page.Document.QuerySelector("form[action='/sign-out']"));
        Assert.Equal(1, (await Process($"operator password anna@example.com --site {site.Site.Key}", "eleven purple herons")).Code);
        Assert.Contains("too short", (await Process($"operator password admin@example.com --site {site.Site.Key}", "short")).Error);
    }
}
