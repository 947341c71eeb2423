using System.CommandLine;
using System.Text;
using Community.Kernel;
using Community.Members;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary><c>community operator password|reset-factors EMAIL</c>, <c>community operator staff-sign-in KEY</c></summary>
static class OperatorCommand
{
    public static Command Command(CommandLine line)
    {
        var email = new Argument<string>("EMAIL") { Description = "The account's e-mail address." };
        var key = new Option<string>("--site")
        {
            Description = "Staff of this site instead of the console.",
            HelpName = "KEY",
            DefaultValueFactory = _ => Site.OperatorKey,
        };
        var password = new Command(
            "password",
            "Give an operator a new password, read from standard input. All sessions of the account end."
        )
        {
            email,
            key,
        };
        password.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                    {
                        if (typed.GetRequiredValue(key) == Site.OperatorKey)
                            await services.GetRequiredService<Installation>().EnsureConsole(ct);
                        if (await services.GetRequiredService<SiteDirectory>().FindByKey(typed.GetRequiredValue(key), ct) is not { } site)
                            return CommandLine.Fail($"There is no site \"{typed.GetRequiredValue(key)}\".");
                        if (Read() is not { Length: > 0 } chosen)
                            return CommandLine.Fail("No password was given.");
                        await services.GetRequiredService<SetPassword>().Of(site, typed.GetRequiredValue(email), chosen, ct);
                        await services.GetRequiredService<ConsoleLog>().Add(ConsoleLog.PasswordSet, site.Key, ct);
                        Console.WriteLine($"{typed.GetRequiredValue(email)} has the new password.");
                        return 0;
                    },
                    ct,
                    makes: true
                )
        );
        return new Command("operator", "Accounts of the operators.") { password, ResetFactors(line), StaffSignIn(line) };
    }

    static Command StaffSignIn(CommandLine line)
    {
        var key = new Argument<string>("KEY") { Description = "The site's key." };
        var open = new Command(
            "staff-sign-in",
            "Let the staff of a site sign in by passwords and passkeys again, where a provider was made the only way."
        )
        {
            key,
        };
        open.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                    {
                        var of = typed.GetRequiredValue(key);
                        if (await services.GetRequiredService<SiteDirectory>().FindByKey(of, ct) is not { } site)
                            return CommandLine.Fail($"There is no site \"{of}\".");
                        var done = await services.GetRequiredService<SiteScopes>().Run(
                            site,
                            own => own.GetRequiredService<SaveProvider>().OpenAllWaysForStaff(ct)
                        );
                        if (!done) return CommandLine.Fail("No provider is the only way for its staff.");
                        await services.GetRequiredService<ConsoleLog>().Add(ConsoleLog.StaffSignIn, site.Key, ct);
                        Console.WriteLine($"The staff of {of} sign in by any way again.");
                        return 0;
                    },
                    ct
                )
        );
        return open;
    }

    static Command ResetFactors(CommandLine line)
    {
        var email = new Argument<string>("EMAIL") { Description = "The account's e-mail address." };
        var key = new Option<string>("--site")
        {
            Description = "A member of this site instead of the console.",
            HelpName = "KEY",
            DefaultValueFactory = _ => Site.OperatorKey,
        };
        var reset = new Command(
            "reset-factors",
            "Switch off the second step of an operator who has lost it. The password stays; all sessions of the account end."
        )
        {
            email,
            key,
        };
        reset.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                    {
                        var (of, address) = (typed.GetRequiredValue(key), typed.GetRequiredValue(email));
                        if (await services.GetRequiredService<SiteDirectory>().FindByKey(of, ct) is not { } site)
                            return CommandLine.Fail($"There is no site \"{of}\".");
                        var done = await services.GetRequiredService<SiteScopes>().Run(site, async own =>
                            await own.GetRequiredService<SiteDb>().Members.OfAddress(address, ct) is { } member
                            && await own.GetRequiredService<SecondFactors>().ResetOnMachine(member, ct));
                        if (!done) return CommandLine.Fail($"Nobody with the address {address} has a second step there.");
                        await services.GetRequiredService<ConsoleLog>().Add(ConsoleLog.FactorsReset, site.Key, ct);
                        Console.WriteLine($"{address} signs in with the password alone.");
                        return 0;
                    },
                    ct
                )
        );
        return reset;
    }

    static string? Read()
    {
        if (Console.IsInputRedirected) return Console.ReadLine();
        Console.Error.Write("New password: ");
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        Console.Error.WriteLine();
        return typed.ToString();
    }
}
