namespace Community.Bulk;

/// <summary>Before maintenance: a delivery server takes nothing new, and finishes what it has.</summary>
static class DrainServer
{
    /// <returns>False if there is no such delivery server.</returns>
    public static async Task<bool> Set(EngineLedger ledger, string name, bool draining, CancellationToken ct = default) =>
        await ledger.Change(c => c.Execute("UPDATE servers SET draining = $2 WHERE name = $1", name, draining), ct) > 0;
}
