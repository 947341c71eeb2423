namespace Community.Bulk;

/// <summary>Deletes figures that no screen shows any more.</summary>
static class ForgetFigures
{
    public static Task Run(EngineLedger ledger, CancellationToken ct) =>
        ledger.Change(
            async change =>
            {
                // Two controls would wait for each other's rows.
                await change.Execute("SELECT pg_advisory_xact_lock(20261129)");
                await change.Execute("DELETE FROM server_minutes WHERE minute < moment() - interval '2 days'");
                await change.Execute("DELETE FROM destination_hours WHERE hour < moment() - interval '7 days'");
                await change.Execute("DELETE FROM offer_minutes WHERE minute < moment() - interval '7 days'");
                await change.Execute("DELETE FROM dead_letters WHERE at < moment() - interval '90 days'");
            },
            ct
        );
}
