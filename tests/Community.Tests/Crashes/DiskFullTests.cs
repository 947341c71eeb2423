using System.Diagnostics;
using System.Net;
using Community.Mail.Tests.Server;
using Community.Tests.Boards;

namespace Community.Tests.Crashes;

/// <summary>
/// Simulates a full disk by the process's file size limit: every write fails as on a full disk,
/// without needing a mount or root privileges.
/// </summary>
[Trait("needs", "server")]
public sealed class DiskFullTests
{
    [Fact]
    public async Task With_the_disk_full_writers_are_told_readers_read_and_with_room_again_it_goes_on_by_itself()
    {
        await using var relay = new ScriptedSmtpServer().Start();
        await using var installation = await Installation.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" });
        var site = await installation.Host.NewSite();
        var program = await installation.Run();
        var writers = new Writers(site);
        await writers.Begin();
        await TestSite.Until(() => Task.FromResult(writers.Confirmed > 10), "they write");

        Limit(program, "0");
        await TestSite.Until(() => Task.FromResult(writers.Refusals.Count >= 5), "they are refused");
        var read = await site.Visitor().Get(writers.Topic);
        Assert.Equal(HttpStatusCode.OK, read.Status);
        Assert.NotEmpty(read.Numbers());
        var confirmed = writers.Confirmed;

        Limit(program, "unlimited");
        await TestSite.Until(() => Task.FromResult(writers.Confirmed > confirmed + 10), "they go on writing");
        await writers.End();
        writers.RefusedInWords();
        Assert.Equal(0, writers.Unanswered);
        await program.Kill();
        await installation.StartHost(TimeSpan.FromMinutes(16));
        await writers.NothingIsLost(installation.Now(site));
    }

    internal static void Limit(Killable program, string bytes)
    {
        using var prlimit = Process.Start("prlimit", ["--pid", program.Id.ToString(), $"--fsize={bytes}:unlimited"]);
        prlimit.WaitForExit();
        Assert.Equal(0, prlimit.ExitCode);
    }
}
