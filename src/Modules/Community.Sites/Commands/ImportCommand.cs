using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Sites;

/// <summary>
/// <c>community import KEY FILE --by ADDRESS</c>: what staff do with a file of members on their pages, in the name of one of them. It works
/// in this process, beside servers or without one.
/// </summary>
static class ImportCommand
{
    const int Ok = 0, Failed = 1, SomeBad = 2, MaxShown = 20;

    sealed record Asked(
        string Key, string? File, string By, FileInfo? Mapping, string[] Columns, long? Resume, bool DryRun, bool Yes);

    public static Command Command(CommandLine line)
    {
        var key = new Argument<string>("KEY") { Description = "The site's key." };
        var file = new Argument<string?>("FILE") { Description = "A CSV or XLSX file.", Arity = ArgumentArity.ZeroOrOne };
        var by = new Option<string>("--by")
        {
            Description = "E-mail address of the member of staff who answers for it, and may import.",
            Required = true,
            HelpName = "EMAIL",
        };
        var mapping = new Option<FileInfo?>("--mapping")
        {
            Description = "A JSON file that says what the columns mean, as the command prints it.",
            HelpName = "FILE",
        };
        var columns = new Option<string[]>("--column")
        {
            Description = "What one column is imported as, nothing to leave it out. May be repeated.",
            HelpName = "HEADING=TARGET",
        };
        var resume = new Option<long?>("--resume") { Description = "Go on with an import that was broken off.", HelpName = "NUMBER" };
        var dry = new Option<bool>("--dry-run") { Description = "Only check: change nothing, keep nothing." };
        var yes = new Option<bool>("--yes") { Description = "Import what the check finds good, without asking." };
        var command = new Command("import", "Import members from a file. Exit code 2: done, but some rows are bad.")
        {
            key, file, by, mapping, columns, resume, dry, yes,
        };
        command.SetAction((typed, ct) => line.With(typed, async services =>
        {
            var asked = new Asked(
                typed.GetRequiredValue(key), typed.GetValue(file), typed.GetRequiredValue(by), typed.GetValue(mapping),
                typed.GetValue(columns) ?? [], typed.GetValue(resume), typed.GetValue(dry), typed.GetValue(yes)
            );
            if (await services.GetRequiredService<SiteDirectory>().FindByKey(asked.Key, ct) is not { } site)
                return SitesCommands.NoSuch(asked.Key);
            if (asked.File is null == asked.Resume is null) return CommandLine.Fail("Say a FILE, or --resume with the import's number.");
            return await new Run(services.GetRequiredService<SiteScopes>(), site, asked).All(ct);
        }, ct));
        return command;
    }

    /// <summary>One import. Each step has a scope of its own, as a request has.</summary>
    sealed class Run(SiteScopes scopes, Site site, Asked asked)
    {
        Reader by = Reader.Visitor;

        public async Task<int> All(CancellationToken ct)
        {
            // The language of the command line.
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
            var member = await In(s => s.GetRequiredService<SiteDb>().Members.AsNoTracking().OfAddress(asked.By, ct));
            if (member is null) return CommandLine.Fail($"There is no member {asked.By} on that site.");
            by = Reader.Visitor with { Id = member.Id };
            try { return asked.Resume is { } id ? await GoOn(id, ct) : await Begin(ct); }
            catch (Denied) { return CommandLine.Fail($"{asked.By} may not import this."); }
            catch (FileRefused error) { return CommandLine.Fail(await Said(error.Text, error.Arguments)); }
            catch (FileUnreadable error) { return CommandLine.Fail(await Said(error.Text, error.Arguments)); }
        }

        async Task<int> Begin(CancellationToken ct)
        {
            await using var content = File.OpenRead(asked.File!);
            var id = await Act(i => i.Upload(by, Path.GetFileName(asked.File!), content, ct));
            if (await Map(await Of(id, ct), ct) is { } problem)
            {
                await Act(i => i.Discard(by, id, ct));
                return CommandLine.Fail(problem);
            }
            if (!await Act(i => i.Check(by, id, ct))) return CommandLine.Fail("It cannot be checked.");
            var check = await Work(id, ct);
            if (check.State is not ImportState.Checked) return await Ended(check);
            await Tell(check, "would be", ct);
            if (asked.DryRun)
            {
                await Act(i => i.Discard(by, id, ct));
                return check.Bad > 0 ? SomeBad : Ok;
            }
            if (!check.CanRun)
            {
                await Act(i => i.Discard(by, id, ct));
                Console.WriteLine("There is nothing to import.");
                return check.Bad > 0 ? SomeBad : Ok;
            }
            if (!asked.Yes && !Agrees(check.Created + check.Changed))
            {
                await Act(i => i.Discard(by, id, ct));
                return CommandLine.Fail("Nothing was imported. --yes imports without asking.");
            }
            Console.WriteLine($"Import {id}. Broken off, it goes on by: community import {asked.Key} --resume {id} --by {asked.By}");
            return await Act(i => i.Run(by, id, ct)) ? await Ended(await Work(id, ct)) : CommandLine.Fail("It cannot be run now.");
        }

        static bool Agrees(int rows)
        {
            if (Console.IsInputRedirected) return false;
            Console.Error.Write($"Import {rows:N0} rows? [y/N] ");
            return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
        }

        async Task<int> GoOn(long id, CancellationToken ct)
        {
            var import = await Find(id, ct);
            if (import is null) return CommandLine.Fail($"There is no import {id} on that site.");
            if (import.CanResume) await Act(i => i.Resume(by, id, ct));
            else if (import.State is ImportState.Running) await In(s => Allowed(s, import));
            else return CommandLine.Fail($"Import {id} is not one that was broken off.");
            return await Ended(await Work(id, ct));
        }

        // Whoever drives it in this process may, as whoever resumes it.
        async Task<bool> Allowed(IServiceProvider services, MemberImport import)
        {
            foreach (var permission in import.Mapping.Permissions) await services.GetRequiredService<Actors>().Require(by, permission);
            return true;
        }

        /// <summary>Sets what the columns mean, as guessed and remembered, or as said.</summary>
        /// <returns>What is wrong; null if nothing is.</returns>
        async Task<string?> Map(MemberImport import, CancellationToken ct)
        {
            var mapping = import.Mapping;
            if (asked.Mapping is { } file)
            {
                ImportMapping? read;
                try { read = JsonSerializer.Deserialize<ImportMapping>(await File.ReadAllTextAsync(file.FullName, ct), json); }
                catch (JsonException error) { return $"{file.Name}: {error.Message}"; }
                if (read is null) return $"{file.Name}: it says nothing.";
                var given = read.Columns.ToLookup(c => c.Heading);
                if (given.FirstOrDefault(g => mapping.Columns.All(c => c.Heading != g.Key)) is { } none)
                    return $"{file.Name}: the file has no column \"{none.Key}\".";
                mapping = read with
                {
                    Columns = [.. mapping.Columns.Select(c => given[c.Heading].FirstOrDefault() ?? c with { Target = "" })],
                };
            }
            foreach (var one in asked.Columns)
            {
                var (heading, target) = one.LastIndexOf('=') is >= 0 and var at ? (one[..at], one[(at + 1)..]) : (one, "");
                if (mapping.Columns.All(c => c.Heading != heading)) return $"The file has no column \"{heading}\".";
                mapping = mapping with
                {
                    Columns = [.. mapping.Columns.Select(c => c.Heading == heading ? c with { Target = target } : c)],
                };
            }
            Console.WriteLine(JsonSerializer.Serialize(mapping, json));
            var problem = await In(async services =>
            {
                var (db, problems) = (services.GetRequiredService<SiteDb>(), new Problems());
                ImportMembers.Check(
                    mapping, await db.Attributes(ct), await db.MailKinds.AsNoTracking().ToListAsync(ct), problems,
                    services.GetRequiredService<IStringLocalizer>());
                return string.Join('\n', problems.All.Select(p => HeadingOf(mapping, p.Field) + p.Text));
            });
            if (problem.Length > 0) return problem;
            return await Act(i => i.Map(by, import.Id, mapping, ct)) ? null : "It cannot be changed now.";
        }

        static string HeadingOf(ImportMapping mapping, string field) =>
            field.StartsWith('c') && int.TryParse(field[1..], out var column) ? mapping.Columns[column].Heading + ": " : "";

        static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
            IgnoreReadOnlyProperties = true,
            UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        };

        /// <summary>Does the steps until there are none, or a server has done them.</summary>
        async Task<MemberImport> Work(long id, CancellationToken ct)
        {
            for (var told = 0; ;)
            {
                await In(async services =>
                {
                    await ActivatorUtilities.GetServiceOrCreateInstance<ImportWork>(services).Handle(new RunImport(id), ct);
                    return 0;
                });
                var import = await Of(id, ct);
                if (import.ReadUpTo - told >= 10_000 || !import.IsMoving)
                    Console.WriteLine($"{import.State}: {(told = import.ReadUpTo):N0} rows");
                if (!import.IsMoving) return import;
                await Task.Delay(100, ct);
            }
        }

        async Task<int> Ended(MemberImport import)
        {
            if (import.State is not ImportState.Done)
                return CommandLine.Fail(import.StopText is { } why ? await Said(why, []) : $"It stopped: {import.State}.");
            await Tell(import, "are", CancellationToken.None);
            return import.Bad > 0 ? SomeBad : Ok;
        }

        /// <summary>The numbers and the first bad rows: their lines and reasons, without what stands there.</summary>
        async Task Tell(MemberImport import, string verb, CancellationToken ct)
        {
            Console.WriteLine(
                $"{import.Created:N0} {verb} created, {import.Changed:N0} changed, {import.Unchanged:N0} unchanged, {import.Bad:N0} bad; "
                    + $"{import.Replaced:N0} values {verb} replaced, {import.Invitations:N0} invitations {verb} sent."
            );
            var rows = await In(s => s.GetRequiredService<SiteDb>().ImportProblems.AsNoTracking()
                .Where(p => p.ImportId == import.Id && !p.IsNote).OrderBy(p => p.Id).Take(MaxShown).ToListAsync(ct));
            foreach (var row in rows)
                Console.WriteLine(
                    $"line {row.Line}: {(row.Column >= 0 ? import.Mapping.Columns[row.Column].Heading + ": " : "")}"
                        + await Said(row.Reason, [.. JsonSerializer.Deserialize<string[]>(row.Args)!.Select(_ => (object)"…")])
                );
            if (import.Bad > rows.Count) Console.WriteLine($"All bad rows: {import.Url}");
        }

        Task<T> In<T>(Func<IServiceProvider, Task<T>> work) => scopes.Run(site, work);
        Task<T> Act<T>(Func<ImportMembers, Task<T>> work) => In(s => work(s.GetRequiredService<ImportMembers>()));
        Task<MemberImport?> Find(long id, CancellationToken ct) =>
            In(s => s.GetRequiredService<SiteDb>().MemberImports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, ct));
        async Task<MemberImport> Of(long id, CancellationToken ct) => (await Find(id, ct))!;
        Task<string> Said(string text, object[] arguments) =>
            In(s => Task.FromResult(s.GetRequiredService<IStringLocalizer>().In("en", text, arguments)));
    }
}
