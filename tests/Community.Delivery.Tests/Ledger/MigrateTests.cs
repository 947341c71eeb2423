using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Ledger;

/// <summary>A ledger of an earlier version, in the middle of a mailing.</summary>
public sealed class MigrateTests(LedgerServer server)
{
    const string BackToVersion9 = """
        DROP VIEW outcomes;
        DROP TABLE outcome_groups;
        ALTER TABLE batches DROP ats, DROP rids, DROP ns, DROP outcomes, DROP codes, DROP enhanced, DROP answers, DROP is_wordless;
        CREATE TABLE outcomes (offer_id bigint NOT NULL, rid bigint NOT NULL, n integer NOT NULL, outcome text NOT NULL,
            at timestamptz NOT NULL DEFAULT now(), code integer, enhanced text, answer text, batch_no integer,
            PRIMARY KEY (offer_id, rid, n));
        DELETE FROM versions WHERE version > 9;
        """;

    [Fact]
    public async Task Outcomes_of_rows_are_told_as_they_were_and_those_without_a_batch_are_sealed()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running(total: 4);
        await ledger.Run(BackToVersion9);
        await ledger.Run("UPDATE recipients SET state = (ARRAY['accepted', 'accepted', 'rejected', 'pending'])[rid]::recipient_state");
        await ledger.Run(
            """
            INSERT INTO outcomes (offer_id, rid, n, outcome, at, code, enhanced, answer, batch_no) VALUES
                (1, 1, 1, 'accepted', '2026-11-01 09:00Z', 250, '2.0.0', 'Ok: queued as 4F1D', 1),
                (1, 2, 1, 'ambiguous', '2026-11-01 09:01Z', NULL, NULL, NULL, 1),
                (1, 2, 2, 'accepted', '2026-11-01 09:02Z', 250, NULL, 'Ok, late', NULL),
                (1, 3, 1, 'rejected', '2026-11-01 09:03Z', 550, '5.1.1', 'No such user', NULL)
            """);
        await ledger.Run("INSERT INTO batches VALUES (1, 1, 7, 1)");
        await ledger.Run("UPDATE offer_batches SET last_batch = 1, accepted = 1, ambiguous = 1");
        const string all = "SELECT string_agg(o::text, ' ' ORDER BY rid, n) FROM "
            + "(SELECT offer_id, rid, n, outcome, at, code, enhanced, answer, batch_no FROM outcomes) o";
        var before = await ledger.Ask<string>(all);

        await ledger.Ledger.Migrate();

        Assert.Equal(before, await ledger.Ask<string>(all));
        await ledger.Facts();
        await ledger.Take(new Ask { Site = Make.Site, MailingId = mailing, Rev = 1, MissingBatches = [1] });
        var told = await ledger.Facts();
        Assert.Equal(
            [
                new(1, 1, BulkOutcome.Accepted, At(0), 250, "2.0.0", "Ok: queued as 4F1D"),
                new(2, 1, BulkOutcome.Ambiguous, At(1), null, null, null),
            ],
            Assert.Single(told.OfType<OutcomeBatch>()).Items);
        var counts = Assert.Single(told.OfType<OfferProgress>()).Counts;
        Assert.Equal((2, 1, 0), (counts.Accepted, counts.Rejected, counts.Ambiguous));
        Assert.Equal(1, await SealBatches.Run(ledger.Ledger));
        Assert.Equal(
            [
                new(2, 2, BulkOutcome.Accepted, At(2), 250, null, "Ok, late"),
                new(3, 1, BulkOutcome.Rejected, At(3), 550, "5.1.1", "No such user"),
            ],
            Assert.Single((await ledger.Facts()).OfType<OutcomeBatch>()).Items);
        Assert.Equal("2|1|0", await ledger.Ask<string>("SELECT concat_ws('|', accepted, rejected, ambiguous) FROM offer_batches"));

        static DateTime At(int minute) => new(2026, 11, 1, 9, minute, 0, DateTimeKind.Utc);
    }
}
