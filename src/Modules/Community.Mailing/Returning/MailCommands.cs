using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// What comes back by other ways than the SMTP door: <c>community mail take SITE</c> reads one message from a pipe, <c>community mail
/// maildir SITE FOLDER</c> those of a folder.
/// </summary>
public static partial class MailCommands
{
    /// <summary>The fields in which mail servers write to whom they delivered.</summary>
    static readonly string[] fields = ["X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To"];
    /// <summary>A header is shorter than this.</summary>
    const int MaxHeader = 64 * 1024;

    public static IReadOnlyList<SiteCommand> All =>
        [
            new("take", "Read one message that came back from standard input.", Take),
            new("maildir", "Read the messages that came back from a Maildir; those of the site move from new to cur.", Maildir)
            { Arguments = [("FOLDER", "The folder in which new and cur are.")] },
        ];

    static async Task<int> Take(SiteCommandCall call)
    {
        await using var input = Console.OpenStandardInput();
        return await Take(call, input);
    }

    /// <summary>Takes one message from a pipe.</summary>
    public static async Task<int> Take(SiteCommandCall call, Stream input)
    {
        using var bytes = new MemoryStream();
        var max = await call.Scopes.Run(call.Site, s => Task.FromResult(MaxBytes(s)));
        var buffer = new byte[64 * 1024];
        // What is beyond the limit is read and let go, so that the mail server does not take a broken pipe for a fault.
        for (int read; (read = await input.ReadAsync(buffer, call.Ct)) > 0;)
            if (bytes.Length + read <= max) bytes.Write(buffer, 0, read);
        await call.Output.WriteLineAsync((await Take(call, bytes.ToArray())).ToString());
        return 0;
    }

    static async Task<int> Maildir(SiteCommandCall call)
    {
        var (from, to) = (Path.Combine(call.Arguments[0], "new"), Path.Combine(call.Arguments[0], "cur"));
        if (!Directory.Exists(from))
        {
            await Console.Error.WriteLineAsync($"There is no folder {from}.");
            return 1;
        }
        Directory.CreateDirectory(to);
        var (taken, left) = (0, 0);
        var max = await call.Scopes.Run(call.Site, s => Task.FromResult(MaxBytes(s)));
        foreach (var file in Directory.EnumerateFiles(from).Order(StringComparer.Ordinal).ToList())
        {
            call.Ct.ThrowIfCancellationRequested();
            if (new FileInfo(file).Length > max || await Take(call, await File.ReadAllBytesAsync(file, call.Ct)) is not TakenReturn.Taken)
            {
                left++;
                continue;
            }
            // Taken twice counts once, should the process die before this.
            File.Move(file, Path.Combine(to, Path.GetFileName(file) + ":2,S"), overwrite: true);
            taken++;
        }
        await call.Output.WriteLineAsync($"{taken} taken, {left} left");
        return 0;
    }

    static int MaxBytes(IServiceProvider site) => site.GetRequiredService<IOptions<MailingOptions>>().Value.MaxReturnBytes;

    static async Task<TakenReturn> Take(SiteCommandCall call, byte[] raw)
    {
        foreach (var local in await call.Scopes.Run(call.Site, s =>
            Task.FromResult(Addressed(raw, s.GetRequiredService<IOptions<MailingOptions>>().Value.ReturnDomain))))
            if (await call.Scopes.Run(call.Site, s => s.GetRequiredService<TakeReturn>().Take(local, raw, call.Ct)) is TakenReturn.Taken)
                return TakenReturn.Taken;
        return TakenReturn.NoSuchAddress;
    }

    /// <summary>What stands before the @ in the addresses of the domain to which the message was delivered.</summary>
    public static IReadOnlyList<string> Addressed(ReadOnlySpan<byte> raw, string domain)
    {
        if (domain.Length == 0) return [];
        var head = System.Text.Encoding.Latin1.GetString(raw[..Math.Min(raw.Length, MaxHeader)]);
        if (HeaderEnd().Match(head) is { Success: true } end) head = head[..end.Index];
        // Folded lines belong to the line above.
        var lines = Folded().Replace(head, " ").Split('\n');
        return
        [
            .. fields.SelectMany(f => lines.Where(l => l.StartsWith(f + ":", StringComparison.OrdinalIgnoreCase)))
                .SelectMany(l => Address().Matches(l))
                .Where(m => m.Groups["domain"].Value.Equals(domain, StringComparison.OrdinalIgnoreCase))
                .Select(m => m.Groups["local"].Value).Distinct(StringComparer.OrdinalIgnoreCase).Take(20),
        ];
    }

    [GeneratedRegex(@"\r?\n\r?\n|\r\r", RegexOptions.CultureInvariant)]
    private static partial Regex HeaderEnd();

    [GeneratedRegex(@"\r?\n[ \t]+", RegexOptions.CultureInvariant)]
    private static partial Regex Folded();

    [GeneratedRegex(
        @"\b(?<local>b[0-9a-f]{19,63}|complaints)@(?<domain>[A-Za-z0-9.-]+)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Address();
}
