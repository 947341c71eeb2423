using Community.Mail.Tests.Server;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Community.Tests.Mailing;

/// <summary>What PostgreSQL reads while a mailing is sent.</summary>
[OnBothDatabases]
public sealed class IntentReadsTests
{
    const int Sent = 60_000, Left = 42;

    [Fact]
    public async Task A_message_reads_no_more_where_more_of_its_mailing_were_sent()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite finds deliveries by the key alone.");
        var go = new TaskCompletionSource();
        await using var relay = new ScriptedSmtpServer().On(".", new ScriptedReply("250 2.0.0 Ok").When(go.Task)).Start();
        await using var host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" });
        var site = await host.NewSite();
        await site.AddReaders(Left - 2);
        var id = await (await site.SignIn("mailer")).Reserve();
        await TestSite.Until(() => site.Db(db => db.Deliveries.AnyAsync(d => d.State == DeliveryState.InFlight)), "one is at its dot");
        await AddSent();
        var before = await Reads();
        go.SetResult();
        await TestSite.Until(() => Task.FromResult(relay.Messages.Count == Left), "all are sent");
        var read = await Reads() - before;
        Assert.True(read < Sent, $"{read:N0} entries of the index of mailings were read for {Left} messages");

        // There are no statistics of these rows, as in the first minutes of a mailing.
        Task<int> AddSent() => site.Db(db => db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO deliveries
            SELECT (jsonb_populate_record(d, jsonb_build_object(
                'id', 100000 + i, 'seq', 100000 + i, 'address_hash', 'h' || i, 'state', 'Accepted', 'owner', NULL, 'lease_until', NULL
            ))).*
            FROM deliveries AS d, generate_series(1, {Sent}) AS i
            WHERE d.id = (SELECT min(id) FROM deliveries WHERE mailing_id = {id})
            """));

        // A server's process tells what it has read when its connection ends.
        async Task<long> Reads()
        {
            await site.Db(db =>
            {
                NpgsqlConnection.ClearPool((NpgsqlConnection)db.Database.GetDbConnection());
                return Task.FromResult(0);
            });
            await Task.Delay(500);
            return await site.Db(async db =>
                (await db.Database.SqlQuery<long>(
                    $"""
                    SELECT idx_tup_read AS "Value" FROM pg_stat_user_indexes
                    WHERE schemaname = current_schema() AND indexrelname = 'IX_deliveries_mailing_id_seq'
                    """).ToListAsync()).Single());
        }
    }
}
