using System.Globalization;

namespace Community.Bulk;

/// <summary>
/// Remembers beside the process how far the ledger was. A ledger that has not got so far, or is another one, was restored, cloned or
/// failed over with a loss: then the engine begins a new life.
/// </summary>
public static class LedgerPosition
{
    /// <summary>Looks, and writes down how far the ledger is now. At start before anything else, and then each minute.</summary>
    /// <returns>Whether a new life was begun.</returns>
    public static async Task<bool> Check(EngineLedger ledger, string folder, CancellationToken ct = default)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "ledger-position");
        var known = File.Exists(file) ? (await File.ReadAllTextAsync(file, ct)).Split(' ') : [];
        return await ledger.Change(
            async change =>
            {
                var (system, position) = await change.First(
                    """
                    SELECT (SELECT system_identifier FROM pg_control_system())::text,
                        pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')
                    """,
                    r => (r.GetString(0), r.GetDecimal(1))
                );
                var isSetBack =
                    known.Length == 2
                    && (known[0] != system || decimal.Parse(known[1], CultureInfo.InvariantCulture) > position);
                if (isSetBack) await change.BeginNewLife();
                var text = string.Create(CultureInfo.InvariantCulture, $"{system} {position}");
                // Replaced in one step: half a file would look like a loss.
                await File.WriteAllTextAsync(file + ".new", text, ct);
                File.Move(file + ".new", file, overwrite: true);
                return isSetBack;
            },
            ct
        );
    }
}
