using System.Diagnostics.CodeAnalysis;
using Npgsql;

[assembly: AssemblyFixture(typeof(Community.Bulk.Tests.Harness.LedgerServer))]
[assembly: AssemblyFixture(typeof(Community.Bulk.Tests.Harness.RabbitMq))]

namespace Community.Bulk.Tests.Harness;

/// <summary>One PostgreSQL for the project, started when it is first asked for.</summary>
public sealed class LedgerServer : IDisposable
{
    readonly Lock gate = new();
    PostgreSqlServer? server;

    public PostgreSqlServer Server
    {
        get { lock (gate) return server ??= new PostgreSqlServer().Make(); }
    }

    /// <summary>A ledger of its own, empty.</summary>
    public async Task<TestLedger> New()
    {
        var connection = Server.NewCatalogue();
        var builder = new NpgsqlConnectionStringBuilder(connection);
        var (name, admin) = (builder.Database!, new NpgsqlConnectionStringBuilder(connection) { Database = "postgres" });
        await using (var source = NpgsqlDataSource.Create(admin))
        await using (var command = source.CreateCommand($"CREATE DATABASE {name}"))
            await command.ExecuteNonQueryAsync();
        var ledger = EngineLedger.Open(connection);
        await ledger.Migrate();
        return new(ledger, connection);
    }

    public void Dispose() => server?.Dispose();
}

/// <summary>A ledger, and short ways to look into it.</summary>
public sealed class TestLedger(EngineLedger ledger, string connection) : IAsyncDisposable
{
    public EngineLedger Ledger => ledger;

    public string Connection => connection;

    public TakeCommand Commands { get; init; } = new(ledger, new());

    public DeliveryLeases Leases { get; } = new(ledger);

    public async Task<string?> Take(EngineMessage message) => (await Commands.Take(message)).DeadLetter;

    /// <summary>Facts since the last time.</summary>
    public async Task<List<EngineMessage>> Facts() =>
        [
            .. (
                await ledger.Change(c => c.Query("DELETE FROM outbox RETURNING id, body", r => (r.GetInt64(0), r.GetFieldValue<byte[]>(1))))
            )
                .OrderBy(r => r.Item1)
                .Select(r => Wire.Read(r.Item2)),
        ];

    public Task Run(string sql, params object?[] values) => ledger.Change(c => c.Execute(sql, values));

    public Task<T> Ask<T>(string sql, params object?[] values) => ledger.Change(c => c.Value<T>(sql, values));

    [SuppressMessage("Design", "MA0137", Justification = "A question.")]
    public Task<string> StateOf(long rid) =>
        Ask<string>("SELECT state::text FROM recipients WHERE rid = $1 ORDER BY offer_id DESC LIMIT 1", rid);

    public Task<string> OfferState(int rev = 1) => Ask<string>("SELECT state::text FROM offers WHERE rev = $1", rev);

    /// <summary>Moves the database's clock, by which the engine lives.</summary>
    public Task Move(TimeSpan by) =>
        Run(
            $$"""
            CREATE OR REPLACE FUNCTION moment() RETURNS timestamptz LANGUAGE sql STABLE
            AS 'SELECT now() + interval ''{{(long)by.TotalSeconds}} seconds'''
            """
        );

    public ValueTask DisposeAsync() => ledger.DisposeAsync();
}

/// <summary>Messages of an offer as a site makes them.</summary>
public static class Make
{
    public const string Site = "acme";

    public static Reserve Reserve(
        Guid mailing,
        int rev = 1,
        string text = "Hello",
        int total = 3,
        long freeze = 0,
        DateTime? start = null,
        DateTime? until = null,
        MailClass kind = MailClass.Marketing,
        string site = Site,
        int perMinute = 0
    ) =>
        new()
        {
            Site = site,
            MailingId = mailing,
            Rev = rev,
            Kind = "news",
            Class = kind,
            ExpectedTotal = total,
            FreezeDelta = freeze,
            StartAt = start ?? DateTime.UtcNow.AddMinutes(-1),
            SendUntil = until ?? DateTime.UtcNow.AddDays(3),
            PerMinute = perMinute,
            Sender = new("news@acme.example", "Acme 通信", "m" + mailing.ToString("N"), "acme.example", null),
            Contents =
            [
                new(
                    [text + " ", "name", ""],
                    ["To ", "name", ": " + text],
                    ["<p>To ", "name", ": " + text + "</p>"],
                    new Dictionary<string, IReadOnlyList<string>> { ["List-Id"] = ["<news.acme.example>"] }
                ),
            ],
        };

    public static BulkRecipient Recipient(long rid, string domain = "example.org") =>
        new(
            rid,
            $"member{rid}@{domain}",
            $"会員 {rid}",
            "key" + rid,
            $"b{rid}@r.acme.example",
            0,
            new Dictionary<string, string> { ["name"] = $"<{rid}> & co" }
        );

    public static Chunk Chunk(Guid mailing, int rev, int no, params IEnumerable<BulkRecipient> recipients) =>
        new() { Site = Site, MailingId = mailing, Rev = rev, ChunkNo = no, Recipients = [.. recipients] };

    public static Commit Commit(params IReadOnlyList<Chunk> chunks) =>
        new()
        {
            Site = chunks[0].Site,
            MailingId = chunks[0].MailingId,
            Rev = chunks[0].Rev,
            ChunkCount = chunks.Count,
            Total = chunks.Sum(c => c.Recipients.Count),
            Digest = Bulk.Commit.DigestOf(chunks.OrderBy(c => c.ChunkNo).Select(c => c.Hash)),
        };

    public static Control Control(
        Guid mailing,
        long seq,
        int rev = 1,
        bool go = false,
        long life = 1,
        bool paused = false,
        bool withdraw = false,
        string site = Site,
        long seen = 0
    ) =>
        new()
        {
            Site = site,
            MailingId = mailing,
            Rev = rev,
            Seq = seq,
            Go = go,
            Life = go ? life : 0,
            Paused = paused,
            Withdraw = withdraw,
            StartAt = DateTime.UtcNow.AddMinutes(-1),
            SeenFact = seen,
        };

    public static SuppressDelta Delta(long seq, long rid, bool isOut = true, string? kind = null) =>
        new() { Site = Site, DeltaSeq = seq, AddressKey = "key" + rid, Kind = kind, Out = isOut, At = DateTime.UtcNow };

    public static SuppressBeat Beat(long seq, DateTime? at = null, string site = Site) =>
        new() { Site = site, DeltaSeq = seq, At = at ?? DateTime.UtcNow };

    /// <summary>A whole offer: reserve, chunks of two, commit.</summary>
    public static IReadOnlyList<OfferMessage> Offer(Guid mailing, int rev = 1, int total = 3, string text = "Hello", long freeze = 0)
    {
        var chunks = Enumerable.Range(1, total).Select(i => Recipient(i)).Chunk(2).Select((r, i) => Chunk(mailing, rev, i, r)).ToList();
        return [Reserve(mailing, rev, text, total, freeze), .. chunks, Commit(chunks)];
    }

    /// <summary>An offer that runs: suppressions known, accepted, go.</summary>
    public static async Task<Guid> Running(this TestLedger ledger, int total = 3)
    {
        var mailing = Guid.CreateVersion7();
        await ledger.Take(Beat(0));
        foreach (var message in Offer(mailing, total: total)) Assert.Null(await ledger.Take(message));
        Assert.Null(await ledger.Take(Control(mailing, 1, go: true)));
        Assert.Equal("running", await ledger.OfferState());
        return mailing;
    }
}
