using System.Diagnostics;
using System.Text.RegularExpressions;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Microsoft.Data.Sqlite;

namespace Community.Tests.Mailing;

/// <summary>
/// The real process, killed as by kill -9 at a named place, and started again; the truth is what Postfix's sink got.
/// Nobody is left out, nobody gets it twice, and whose fate is unknown is shown as such.
/// </summary>
[Trait("needs", "server")]
public sealed class KillTests : IDisposable
{
    const int Lanes = 4;
    readonly DirectoryInfo data = Directory.CreateTempSubdirectory("community-kill-");

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        data.Delete(recursive: true);
    }

    [Theory]
    [InlineData("mailing.after-lease:3", 20)]
    [InlineData("mailing.before-intent:3", 20)]
    [InlineData("mailing.before-dot:3", 20)]
    [InlineData("mailing.after-dot:3", 20)]
    [InlineData("mailing.materialising:1", 20)]
    [InlineData("mailing.materialising:2", 1100)]
    public async Task Killed_anywhere_and_started_again_everybody_gets_it_at_most_once(string place, int readers)
    {
        await using var sink = await SmtpSink.StartAsync();
        var relay = $"smtp://127.0.0.1:{sink.Port}";
        var (site, id) = await Reserve(readers);

        using (var first = Run(relay, place))
        {
            await first.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            Assert.Equal(137, first.ExitCode);
        }
        using (var second = Run(relay, null))
        {
            try
            {
                await TestSite.Until(() => Task.FromResult(Ask(site, $"SELECT state FROM mailings WHERE id = {id}").Single() == "Finished"), "the mailing is finished", 90);
            }
            finally
            {
                second.Kill();
                await second.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }

        var total = readers + 2;
        var states = Ask(site, $"SELECT m.email || ' ' || d.state FROM deliveries d JOIN members m ON m.id = d.member_id WHERE d.mailing_id = {id}").Select(r => r.Split(' ')).ToDictionary(r => r[0], r => r[1]);
        var got = (await sink.MessagesAsync(total - Lanes)).Select(m => Regex.Match(m, "^X-Rcpt-Args: <(.+?)>", RegexOptions.Multiline).Groups[1].Value).CountBy(a => a).ToDictionary();
        Assert.Equal(total, states.Count);
        Assert.Equal(total.ToString(), Ask(site, $"SELECT total FROM mailings WHERE id = {id}").Single());
        Assert.Equal(total.ToString(), Ask(site, $"SELECT sum(n) FROM mailing_rollups WHERE mailing_id = {id}").Single());
        Assert.All(got, g => Assert.Equal(1, g.Value));
        Assert.All(states, s => Assert.True(s.Value == "Accepted" && got.ContainsKey(s.Key) || s.Value == "Ambiguous", $"{s.Key} is {s.Value}, got {got.GetValueOrDefault(s.Key)}"));
        Assert.InRange(states.Values.Count(s => s == "Ambiguous"), place.StartsWith("mailing.before-dot") || place.StartsWith("mailing.after-dot") ? 1 : 0, Lanes);
    }

    /// <summary>A mailing that is due; the host that made it has ended.</summary>
    async Task<(string Site, long Mailing)> Reserve(int readers)
    {
        string key;
        long id;
        await using (var host = await TestHost.Start(new() { ["Community:Data"] = data.FullName, ["Community:Database"] = "" }))
        {
            var site = await host.NewSite();
            await site.AddReaders(readers);
            id = await (await site.SignIn("mailer")).Reserve(local: DateTime.UtcNow.AddDays(2));
            key = site.Site.Key;
        }
        SqliteConnection.ClearAllPools();
        Do($"Sites/{key}/site.db", $"UPDATE mailings SET start_at = {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}, local_time = NULL WHERE id = {id}");
        Do("catalogue.db", "UPDATE site_work SET next_at = 0, lease_until = NULL WHERE queue = 'mailing'");
        return (key, id);
    }

    Process Run(string relay, string? dieAt)
    {
        var web = Path.Combine(Repository.Root, "src/Community.Web/bin", AppContext.BaseDirectory.Contains("/Release/") ? "Release" : "Debug", "net10.0/Community.Web.dll");
        var start = new ProcessStartInfo("dotnet", [web, "--urls", $"http://127.0.0.1:{TestHost.FreePort()}"]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Community__Data"] = data.FullName, ["Community__Relay"] = relay, ["Community__MailingsPerHour"] = "0",
            ["Community__PublicScheme"] = "http", ["Community__DieAt"] = dieAt ?? "", ["Logging__LogLevel__Default"] = "Error",
        }) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    List<string> Ask(string site, string sql)
    {
        using var connection = Open($"Sites/{site}/site.db");
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(reader.GetValue(0).ToString() ?? "");
        return rows;
    }

    void Do(string file, string sql)
    {
        using var connection = Open(file);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0, sql);
    }

    SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(data.FullName, file)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout=5000";
        command.ExecuteNonQuery();
        return connection;
    }
}
