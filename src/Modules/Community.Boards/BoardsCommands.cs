using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary><c>community boards import</c> and <c>export</c>.</summary>
static class BoardsCommands
{
    public static IReadOnlyList<SiteCommand> All =>
    [
        new("import", "Bring the posts of a file (mbox, JSON or CSV, also in gzip or ZIP) into a board. Killed, a running server goes on "
            + "with it.", call => OrRefused(call, Import))
        {
            Arguments = [("BOARD", "The board's key."), ("FILE", "The file.")],
        },
        new("export", "Write a board into a file: a mailbox file (mbox), lines of JSON if its name ends with .jsonl, with the names of "
            + "who reacted and voted if it ends with .names.jsonl.", Export)
        {
            Arguments = [("BOARD", "The board's key."), ("FILE", "The file. It must not be there yet.")],
        },
        new("convert", "Make files that can be imported of another forum's backup: one for each of its forums, and its members.",
            call => OrRefused(call, Convert))
        {
            Arguments =
            [
                ("KIND", "discourse: a backup (tar.gz) or its dump; phpbb: a dump of its MySQL database, with its folder files beside it."),
                ("FILE", "The backup."), ("FOLDER", "Where the files are written."),
            ],
        },
    ];

    /// <summary>Says why a file is not taken.</summary>
    static async Task<int> OrRefused(SiteCommandCall call, Func<SiteCommandCall, Task<int>> work)
    {
        var (why, arguments) = ("", Array.Empty<object>());
        try { return await work(call); }
        catch (FileRefused error) { (why, arguments) = (error.Text, error.Arguments); }
        catch (Refused error) { (why, arguments) = (error.Message, error.Arguments); }
        await call.Scopes.Run(call.Site, services =>
            call.Output.WriteLineAsync(services.GetRequiredService<IStringLocalizer>().In("en", why, arguments)));
        return 1;
    }

    static async Task<int> Convert(SiteCommandCall call)
    {
        var (kind, path, folder) = (call.Arguments[0], call.Arguments[1], call.Arguments[2]);
        if (
            kind is not ("discourse" or "phpbb")
            || !File.Exists(path)
            || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        )
        {
            await call.Output.WriteLineAsync(
                kind is not ("discourse" or "phpbb") ? "KIND is discourse or phpbb."
                : !File.Exists(path) ? $"There is no file {path}." : $"{folder} is not empty.");
            return 1;
        }
        // phpBB's folder of attachments lies beside the dump.
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "files");
        await using var boards = new ConvertedBoards(folder);
        if (kind == "phpbb") await new ConvertPhpBb(path, Directory.Exists(beside) ? beside : null).Run(boards, call.Ct);
        else await new ConvertDiscourse(path, Path.Combine(folder, "uploads")).Run(boards, call.Ct);
        await call.Output.WriteAsync(boards.Report());
        return 0;
    }

    static async Task<int> Export(SiteCommandCall call)
    {
        var (scopes, site, arguments, output, ct) = call;
        var (key, path) = (arguments[0], arguments[1]);
        var format = path.EndsWith(".names.jsonl", StringComparison.OrdinalIgnoreCase) ? ArchiveFormat.JsonWithNames
            : path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? ArchiveFormat.Json
            : ArchiveFormat.Mbox;
        if (File.Exists(path))
        {
            await output.WriteLineAsync($"{path} is there already.");
            return 1;
        }
        return await scopes.Run(
            site,
            async services =>
            {
                var exports = services.GetRequiredService<ExportBoard>();
                var board = await services
                    .GetRequiredService<SiteDb>()
                    .Boards.Where(b => b.Key == key)
                    .Select(b => b.Id)
                    .FirstOrDefaultAsync(ct);
                if (await exports.Begin(board, format, ct) is not { } export)
                {
                    await output.WriteLineAsync($"{site.Key} has no board {key}.");
                    return 1;
                }
                // Half a file has no name that somebody could take for a whole one.
                var beside = path + ".part";
                int posts;
                await using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write))
                    posts = await exports.Write(export, file, ct);
                File.Move(beside, path);
                await output.WriteLineAsync($"{posts} posts in {path}.");
                return 0;
            }
        );
    }

    static async Task<int> Import(SiteCommandCall call)
    {
        var (scopes, site, arguments, output, ct) = call;
        var (key, path) = (arguments[0], arguments[1]);
        if (!File.Exists(path))
        {
            await output.WriteLineAsync($"There is no file {path}.");
            return 1;
        }
        var id = await scopes.Run(site, async services =>
        {
            var db = services.GetRequiredService<SiteDb>();
            if (await db.Boards.Where(b => b.Key == key).Select(b => (long?)b.Id).FirstOrDefaultAsync(ct) is not { } board) return 0;
            // Copied into the site's folder, where a server on another node finds it too.
            await using var content = File.OpenRead(path);
            var file = await services.GetRequiredService<ImportFolder>().Keep(content, long.MaxValue, long.MaxValue, ct);
            await using var change = await db.Change(ct);
            var import = await services.GetRequiredService<ImportBoard>()
                .Begin(null, board, file, Path.GetFileName(path), isUpload: true, takeMembers: false, ct);
            await change.Commit(ct);
            return import.Id;
        });
        if (id == 0)
        {
            await output.WriteLineAsync($"{site.Key} has no board {key}.");
            return 1;
        }
        var import = await Until(call, id);
        if (import.CanRun)
        {
            await output.WriteLineAsync(
                $"{import.Found} messages: {import.Good} to be imported in {import.Topics} topics, "
                + $"{import.Bad} bad, {import.Known} known.");
            await scopes.Run(site, async services =>
            {
                var db = services.GetRequiredService<SiteDb>();
                await using var change = await db.Change<BoardImport>(id, ct);
                await services.GetRequiredService<ImportBoard>().Run(change.Row!, ct);
                await change.Commit(ct);
            });
            import = await Until(call, id);
        }
        await scopes.Run(site, async services =>
        {
            var texts = (Texts)services.GetRequiredService<IStringLocalizer>();
            var faults = services.GetRequiredService<SiteDb>().BoardImportFaults.AsNoTracking().Where(f => f.ImportId == id && !f.IsNote);
            foreach (var fault in await faults.OrderBy(f => f.Id).Take(MaxFaults).ToListAsync(ct))
                await output.WriteLineAsync(
                    $"message {fault.Number}, line {fault.Line}, {fault.Key ?? "-"}: "
                    + $"{texts.In("en", fault.Reason)} {fault.What}".TrimEnd());
        });
        if (import.StopText is { } why) await output.WriteLineAsync($"Stopped: {why}");
        await output.WriteLineAsync($"{import.Posts} posts in {import.Topics} topics, {import.Files} files; "
            + $"{import.Bad} bad, {import.Known} known.");
        return import.State is BoardImportState.Done ? import.Bad == 0 ? 0 : 2 : 1;
    }

    const int MaxFaults = 100;

    /// <summary>Works until the import has come to rest. A running server takes its part of the steps.</summary>
    static async Task<BoardImport> Until(SiteCommandCall call, long id)
    {
        while (true)
        {
            var import = await call.Scopes.Run(call.Site, async services =>
            {
                await services.GetRequiredService<ImportPosts>().Next(id, call.Ct);
                return await services.GetRequiredService<SiteDb>().BoardImports.AsNoTracking().FirstAsync(i => i.Id == id, call.Ct);
            });
            if (!import.IsMoving) return import;
            var (done, of) = import.Progress;
            await call.Output.WriteLineAsync($"{(of == 0 ? 0 : done * 100 / of)} %");
        }
    }
}
