namespace Community.Bulk;

/// <summary>What an operator asks of the engine on the command line. No address of a recipient is shown.</summary>
public static class EngineCommands
{
    const string Usage = """
        Usage: Community.Delivery             runs the roles of Engine:Roles
               Community.Delivery status      servers, offers that live, what waits to be told
               Community.Delivery drain NAME  the delivery server takes nothing new, and finishes what it has
               Community.Delivery undrain NAME
               Community.Delivery rules       how delivery servers behave towards providers of mailboxes
               Community.Delivery rules set NAME domains=… connections=N per-connection=N per-minute=N rest=SECONDS
                                                 tls=yes|no ip=both|4|6 note=…
                                              a new rule, or what is to be another in one that there is
               Community.Delivery rules remove NAME
               Community.Delivery rules history
               Community.Delivery keys        makes keys for Engine:Keys and Community:EngineKey
        """;

    /// <summary>New keys as lines of settings. Needs no ledger: they are made before the first start.</summary>
    public static void Keys(TextWriter to)
    {
        var (hidden, open) = EngineSeal.MakeKeys();
        to.WriteLine("Engine__Keys=" + hidden);
        to.WriteLine("Community__EngineKey=" + open);
    }

    /// <returns>The exit code; null if the program is to run.</returns>
    public static async Task<int?> Run(EngineLedger ledger, IReadOnlyList<string> words, TextWriter to)
    {
        switch (words.ToArray())
        {
            case []:
                return null;
            case ["status"]:
                await Status(ledger, to);
                return 0;
            case ["drain" or "undrain", var name]:
                var found = await DrainServer.Set(ledger, name, words[0] == "drain");
                if (!found) await to.WriteLineAsync($"engine: no delivery server has the name {name}");
                return found ? 0 : 1;
            case ["rules", .. var rest] when await RuleCommands.Run(new(ledger), rest, to) is { } code:
                return code;
            default:
                await to.WriteLineAsync(Usage);
                return 2;
        }
    }

    static async Task Status(EngineLedger ledger, TextWriter to)
    {
        var (life, outbox, oldest) = await ledger.Change(c => c.First(
            "SELECT (SELECT life FROM engine), count(*), coalesce(extract(epoch FROM moment() - min(created_at)), 0)::int FROM outbox",
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt32(2))
        ));
        await to.WriteLineAsync($"life {life}; {outbox} facts wait for the broker, the oldest for {oldest} s");
        var servers = await ledger.Change(c => c.Query(
            """
            SELECT name, epoch, extract(epoch FROM moment() - seen_at)::int, draining,
                (SELECT count(*) FROM recipients r WHERE r.state = 'leased' AND r.owner = s.name),
                (SELECT count(*) FROM recipients r WHERE r.state = 'handing' AND r.owner = s.name)
            FROM servers s ORDER BY name
            """,
            r => $"{r.GetString(0)}: run {r.GetInt64(1)}, heard of {r.GetInt32(2)} s ago{(r.GetBoolean(3) ? ", draining" : "")}, "
                + $"{r.GetInt64(4)} leased, {r.GetInt64(5)} in flight"
        ));
        await to.WriteLineAsync($"{servers.Count} delivery servers");
        foreach (var line in servers) await to.WriteLineAsync("  " + line);
        var offers = await ledger.Change(c => c.Query(
            """
            SELECT s.key, o.mailing, o.rev, o.state::text, o.paused, o.start_at,
                coalesce(extract(epoch FROM o.started_at - o.start_at), -1)::int, coalesce(o.total, 0),
                (SELECT count(*) FROM outcomes u WHERE u.offer_id = o.id),
                NOT o.essential AND coalesce(o.fresh_at < moment() - o.max_delta_age, true)
            FROM offers o JOIN sites s ON s.id = o.site_id WHERE o.state <> 'ended' ORDER BY o.start_at, o.id
            """,
            r => $"{r.GetString(0)} {r.GetGuid(1)} rev {r.GetInt32(2)}: {r.GetString(3)}{(r.GetBoolean(4) ? ", paused" : "")}"
                + $"{(r.IsDBNull(5) ? "" : $", start {r.GetDateTime(5):yyyy-MM-dd HH:mm:ss} UTC")}"
                + $"{(r.GetInt32(6) < 0 ? "" : $", begun {r.GetInt32(6)} s after it")}, {r.GetInt64(8)} outcomes of {r.GetInt32(7)}"
                + $"{(r.GetBoolean(9) ? ", waits for the site's suppressions" : "")}"
        ));
        await to.WriteLineAsync($"{offers.Count} offers");
        foreach (var line in offers) await to.WriteLineAsync("  " + line);
    }
}
