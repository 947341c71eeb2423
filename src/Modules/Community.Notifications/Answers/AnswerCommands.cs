using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Notifications;

/// <summary><c>community answer take SITE</c>: what the mail server pipes an answer into.</summary>
static class AnswerCommands
{
    public static IReadOnlyList<SiteCommand> All =>
        [new("take", "Read one mail from standard input and post it as the answer of its sender.", Take)];

    static async Task<int> Take(SiteCommandCall call)
    {
        var (scopes, site, _, output, ct) = call;
        await using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        // One byte more than is taken, and the rest is not read.
        for (int read; bytes.Length <= TakeMail.MaxBytes && (read = await input.ReadAsync(buffer, ct)) > 0;) bytes.Write(buffer, 0, read);
        var taken = await scopes.Run(site, s => s.GetRequiredService<TakeMail>().Take(bytes.ToArray(), ct));
        await output.WriteLineAsync(taken.ToString());
        return 0;
    }
}
