using System.CommandLine;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Sites;

/// <summary><c>community member export|erase KEY MEMBER</c></summary>
static class MemberCommand
{
    public static Command Command(CommandLine line) =>
        new("member", "Give out what a site holds of one member, or erase the member.") { Export(line), Erase(line) };

    static Argument<string> Key() => new("KEY") { Description = "The site's key." };

    static Argument<string> Member() =>
        new("MEMBER") { Description = "The member's number, or the word at the end of the profile's address." };

    static Command Export(CommandLine line)
    {
        var (key, member) = (Key(), Member());
        var file = new Option<FileInfo?>("--out")
        {
            Description = "The ZIP file; KEY-member-NUMBER.zip if it is left out.",
            HelpName = "FILE",
        };
        var masked = new Option<bool>("--masked") { Description = "Show addresses, names and texts only in part." };
        var command = new Command("export", "Write all that the site holds of a member into a ZIP file.") { key, member, file, masked };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    services =>
                        WithMember(
                            services,
                            typed.GetRequiredValue(key),
                            typed.GetRequiredValue(member),
                            async (site, id) =>
                            {
                                var path =
                                    typed.GetValue(file)?.FullName ?? Path.GetFullPath($"{typed.GetRequiredValue(key)}-member-{id}.zip");
                                // Only who runs the command reads it.
                                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                                if (!OperatingSystem.IsWindows())
                                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                                await using (var zip = new FileStream(path, options))
                                    if (!await site.GetRequiredService<ExportMember>().Write(id, typed.GetValue(masked), zip, ct))
                                        return NoSuch(typed.GetRequiredValue(member));
                                Console.WriteLine($"Wrote {path}.");
                                return 0;
                            },
                            ct
                        ),
                    ct
                )
        );
        return command;
    }

    static Command Erase(CommandLine line)
    {
        var (key, member) = (Key(), Member());
        var yes = new Option<bool>("--yes") { Description = "Really erase. There is no way back but a backup." };
        var command = new Command("erase", "Erase a member. Posts stay, as those of a former member; logs keep the number.")
        {
            key,
            member,
            yes,
        };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    services =>
                        WithMember(
                            services,
                            typed.GetRequiredValue(key),
                            typed.GetRequiredValue(member),
                            async (site, id) =>
                            {
                                if (!typed.GetValue(yes))
                                    return CommandLine.Fail(
                                        $"This erases member #{id} of \"{typed.GetRequiredValue(key)}\". Say so with --yes."
                                    );
                                if (await site.GetRequiredService<EraseMember>().Erase(id, ct: ct) is { } refusal)
                                    return CommandLine.Fail(site.GetRequiredService<IStringLocalizer>().In("en", refusal));
                                Console.WriteLine($"Erased member #{id}.");
                                return 0;
                            },
                            ct
                        ),
                    ct
                )
        );
        return command;
    }

    static async Task<int> WithMember(
        IServiceProvider services,
        string key,
        string member,
        Func<IServiceProvider, long, Task<int>> work,
        CancellationToken ct
    )
    {
        if (await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is not { } site) return SitesCommands.NoSuch(key);
        return await services.GetRequiredService<SiteScopes>().Run(site, async own =>
        {
            var number = long.TryParse(member.TrimStart('#'), out var id) ? id : 0;
            var found = await own.GetRequiredService<SiteDb>().Members
                .Where(m => m.Id == number || m.Handle == member).Select(m => (long?)m.Id).FirstOrDefaultAsync(ct);
            return found is { } one ? await work(own, one) : NoSuch(member);
        });
    }

    static int NoSuch(string member) => CommandLine.Fail($"There is no member {member} on that site.");
}
