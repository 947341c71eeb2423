using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>
/// The command line, in the same executable as the server: what the console does, and what only someone with access to the machine may do.
/// Commands run beside running servers, which see the change within seconds.
/// </summary>
public sealed class CommandLine
{
    readonly Func<Dictionary<string, string?>, IHost> build;
    readonly Option<string?> data = new("--data")
    {
        Description = "Folder of catalogue, databases and files (setting Community:Data).",
        Recursive = true,
        HelpName = "FOLDER",
    };
    readonly Option<string?> database = new("--database")
    {
        Description = "PostgreSQL connection string of the catalogue (setting Community:Database).",
        Recursive = true,
        HelpName = "STRING",
    };

    readonly IReadOnlyList<Module> modules;

    CommandLine(Func<Dictionary<string, string?>, IHost> build, IReadOnlyList<Module> modules) =>
        (this.build, this.modules) = (build, modules);

    /// <summary>Whether these arguments are a command. Nothing, or settings such as <c>--urls</c>, serve.</summary>
    public static bool Wants(string[] args) =>
        args is [var first, ..]
        && (first is "--help" or "-h" or "-?" or "--version" || !(first.StartsWith('-') || first.StartsWith('/') || first.Contains('=')));

    /// <param name="args">The arguments as typed.</param>
    /// <param name="build">Builds the host with these additional settings, without starting it.</param>
    /// <param name="modules">Of the host: some have commands of their own.</param>
    /// <returns>Exit code: 0 on success, 1 on failure.</returns>
    public static Task<int> Run(string[] args, Func<Dictionary<string, string?>, IHost> build, IReadOnlyList<Module> modules)
    {
        var typed = new CommandLine(build, modules).Root().Parse(args);
        // Print the error alone, without the help text.
        if (typed.Action is ParseErrorAction error) error.ShowHelp = false;
        return typed.InvokeAsync();
    }

    Command Root()
    {
        var root = Own();
        foreach (var commands in modules.Select(m => m.Commands).OfType<SiteCommands>())
        {
            var command = ModuleCommand.Command(this, commands);
            // "boards" has a command for all sites, too.
            if (root.Subcommands.FirstOrDefault(c => c.Name == command.Name) is not { } there) root.Add(command);
            else foreach (var one in command.Subcommands.ToList()) there.Add(one);
        }
        return root;
    }

    Command Own() => new("community",
        """
        Member sites of many companies, each on a host name of its own.

        Without a command it serves, on the addresses of --urls (http://localhost:5000).
        Settings come from appsettings.json, from the environment (Community__Data=…)
        and, when serving, from the command line (--Community:Data=…); docs/operating.md lists them.
        """)
    {
        new HelpOption(), new VersionOption { Action = new PrintVersion() }, data, database,
        SitesCommands.All(this), MigrateCommand.Command(this), OperatorCommand.Command(this), MemberCommand.Command(this),
        ImportCommand.Command(this),
        AuditCommand.Command(this), EventsCommand.Command(this), CheckCommand.Command(this),
    };

    /// <summary>Runs work with the host's services on a catalogue that is up to date.</summary>
    /// <param name="typed">The command.</param>
    /// <param name="work">The command's action.</param>
    /// <param name="ct">Cancels it.</param>
    /// <param name="makes">Whether the command may create a new installation; otherwise a mistyped folder would silently become
    /// one.</param>
    internal async Task<int> With(ParseResult typed, Func<IServiceProvider, Task<int>> work, CancellationToken ct, bool makes = false)
    {
        var settings = new Dictionary<string, string?>();
        if (typed.GetValue(data) is { } folder) settings["Community:Data"] = Path.GetFullPath(folder);
        if (typed.GetValue(database) is { } connection) settings["Community:Database"] = connection;
        try
        {
            using var host = build(settings);
            var databases = host.Services.GetRequiredService<Databases>();
            if (!makes && !await databases.HasCatalogue(ct))
                return Fail(
                    databases.IsShared
                        ? "There is no catalogue in that database. Is --database right?"
                        : $"There is no installation in {Path.GetFullPath(host.Services.GetRequiredService<IOptions<CommunityOptions>>().Value.Data)}. Is --data right?"
                );
            await databases.PrepareCatalogue(ct);
            return await work(host.Services);
        }
        catch (OperationCanceledException)
        {
            return Fail("Stopped.");
        }
        catch (Exception error)
            when (error
                    is SiteException
                        or SchemaException
                        or SettingException
                        or InvalidOperationException
                        or IOException
                        or UnauthorizedAccessException
                        or System.Data.Common.DbException
                        or ArgumentException
            )
        {
            return Fail(error.Message);
        }
    }

    // The library's own would print the version of the process's entry assembly: of the test runner in tests.
    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult typed)
        {
            typed.InvocationConfiguration.Output.WriteLine($"Community {ProgramVersion.Current}");
            return 0;
        }
    }

    internal static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 1;
    }
}
