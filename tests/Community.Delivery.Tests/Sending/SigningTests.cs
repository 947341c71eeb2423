using System.Text;
using Community.Bulk.Tests.Harness;
using Community.Mail;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit.Cryptography;
using static Community.Tests.Harness.Waiting;

namespace Community.Bulk.Tests.Sending;

/// <summary>Messages of the engine are signed with the site's keys, which it knows for as long as it needs them.</summary>
[Trait("needs", "server")]
public sealed class SigningTests(LedgerServer server)
{
    static readonly (string Private, string Public) engine = EngineSeal.MakeKeys();
    readonly SignatureReader receivers = new();
    readonly List<byte[]> secrets = [];

    /// <summary>Two new keys of the sender's domain, published under the name, and encrypted for the engine.</summary>
    Signing NewKeys(string name, string? engineKey = null)
    {
        SealedKey One(DkimSignatureAlgorithm algorithm, SigningAlgorithm inContract, string selector)
        {
            var key = DkimKey.Make(algorithm);
            secrets.Add(key);
            receivers.Records[$"{selector}._domainkey.acme.example"] = DkimKey.Record(algorithm, key);
            return SealedKey.Seal(engineKey ?? engine.Public, Make.Site, "acme.example", inContract, selector, key);
        }
        return new("acme.example",
        [
            One(DkimSignatureAlgorithm.Ed25519Sha256, SigningAlgorithm.Ed25519Sha256, name + "e"),
            One(DkimSignatureAlgorithm.RsaSha256, SigningAlgorithm.RsaSha256, name),
        ]);
    }

    /// <summary>An offer that runs, with these keys in its reserve and in its control.</summary>
    static async Task<Guid> Running(TestLedger ledger, Signing? inReserve, Signing? inControl, int total)
    {
        var mailing = Guid.CreateVersion7();
        await ledger.Take(Make.Beat(0));
        foreach (var part in Make.Offer(mailing, total: total))
            Assert.Null(await ledger.Take(part is Reserve reserve ? WithUnsubscribe(reserve) with { Signing = inReserve } : part));
        Assert.Null(await ledger.Take(Make.Control(mailing, 1, go: true) with { Signing = inControl }));
        return mailing;
    }

    static Reserve WithUnsubscribe(Reserve reserve) =>
        reserve with
        {
            Contents =
            [
                reserve.Contents[0] with
                {
                    Headers = new Dictionary<string, IReadOnlyList<string>>
                    {
                        ["List-Unsubscribe"] = ["<https://acme.example/u/1/one-click>"],
                        ["List-Unsubscribe-Post"] = ["List-Unsubscribe=One-Click"],
                    },
                },
            ],
        };

    static async Task<TestLedger> With(LedgerServer server, string keys)
    {
        var made = await server.New();
        return new(made.Ledger, made.Connection) { Commands = new(made.Ledger, new(), EngineKeys.Parse(keys)) };
    }

    static DeliveryServer Server(TestLedger ledger, ScriptedSmtpServer relay, string keys, ILogger<DeliveryServer>? log = null) =>
        new(
            ledger.Ledger,
            new()
            {
                Name = "one",
                Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"),
                Connections = 4,
                LookEvery = TimeSpan.FromMilliseconds(50),
                Keys = EngineKeys.Parse(keys),
            },
            log ?? NullLogger<DeliveryServer>.Instance
        );

    static Task<bool> Accepted(TestLedger ledger, int n) =>
        ledger.Ask<bool>("SELECT count(*) = $1 FROM recipients WHERE state = 'accepted'", n);

    [Fact]
    public async Task Every_message_has_both_signatures_and_they_cover_how_to_unsubscribe()
    {
        await using var ledger = await With(server, engine.Private);
        await using var relay = new ScriptedSmtpServer().Start();
        var keys = NewKeys("c1");
        await Running(ledger, keys, keys, 12);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay, engine.Private).Run(stop.Token);
        await Until(() => Accepted(ledger, 12), "all are sent");
        await stop.CancelAsync();
        await running;
        Assert.Equal(12, relay.Messages.Count);
        Assert.All(relay.Messages, m => Assert.Equal([true, true], receivers.Verified(m)));
        var one = relay.Messages.First();
        Assert.Superset(
            new HashSet<string> { "from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post" },
            SignatureReader.Covered(one).ToHashSet()
        );
        // Whoever changes the link, breaks the seal.
        var changed = Encoding.ASCII.GetString(one).Replace("/u/1/", "/u/2/");
        Assert.Equal([false, false], receivers.Verified(Encoding.ASCII.GetBytes(changed)));
        if (!SignatureReader.HasPython) return;
        var read = await receivers.VerifiedByPython(relay.Messages);
        Assert.All(read, r => Assert.True(r[SignatureReader.Selectors(one).IndexOf("c1")]));
        if (SignatureReader.HasPythonEd25519) Assert.All(read, r => Assert.DoesNotContain(false, r));
    }

    [Fact]
    public async Task Keys_that_are_replaced_while_it_runs_sign_no_more_and_those_of_an_ended_offer_are_nowhere()
    {
        await using var ledger = await With(server, engine.Private);
        var gate = new TaskCompletionSource();
        await using var relay = new ScriptedSmtpServer()
            .On(".", [.. Enumerable.Repeat(new ScriptedReply("250 2.0.0 Ok"), 10), new ScriptedReply("250 2.0.0 Ok").When(gate.Task)])
            .Start();
        var (first, second) = (NewKeys("c1"), NewKeys("c2"));
        var mailing = await Running(ledger, first, first, 40);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay, engine.Private).Run(stop.Token);
        await Until(() => Task.FromResult(relay.Messages.Count >= 10), "some are sent");
        Assert.Null(await ledger.Take(Make.Control(mailing, 2, go: true) with { Signing = second }));
        // What was written before is under way; it is signed with a key that is still published.
        await Until(() => ledger.Ask<bool>("SELECT count(*) >= 4 FROM recipients WHERE state = 'handing'"), "all connections wait");
        gate.SetResult();
        await Until(() => Accepted(ledger, 40), "all are sent");
        await stop.CancelAsync();
        await running;
        Assert.All(relay.Messages, m => Assert.Equal([true, true], receivers.Verified(m)));
        var by = relay.Messages.Select(m => SignatureReader.Selectors(m).Single(s => !s.EndsWith('e'))).ToList();
        Assert.Equal("c1", by[0]);
        Assert.Equal("c2", by[^1]);
        Assert.True(by.Count(s => s == "c2") >= 20, string.Join(' ', by));

        await EndOffers.Run(ledger.Ledger);
        Assert.Equal("ended", await ledger.OfferState());
        Assert.True(await ledger.Ask<bool>("SELECT signing IS NULL FROM offers"));
        // The texts stand until the site closes it; the keys were never among them.
        var text = Encoding.UTF8.GetString(await ledger.Ask<byte[]>("SELECT reserve FROM offers"));
        // As a word: an identifier may have the two letters.
        Assert.DoesNotContain("\"c1\"", text);
        foreach (var secret in secrets)
            foreach (var form in new[] { Convert.ToHexStringLower(secret)[..40], Convert.ToBase64String(secret)[..30] })
                Assert.Equal(0, await ledger.Ask<long>(
                    "SELECT count(*) FROM offers o WHERE position($1 IN o::text) > 0 OR position($2 IN o::text) > 0",
                    form,
                    Convert.ToHexStringLower(Encoding.ASCII.GetBytes(form))
                ));
    }

    [Fact]
    public async Task An_offer_whose_keys_are_for_another_engine_is_refused_before_anything_is_sent()
    {
        await using var ledger = await With(server, engine.Private);
        var strange = NewKeys("c1", EngineSeal.MakeKeys().Public);
        var mailing = Guid.CreateVersion7();
        Assert.Null(await ledger.Take(Make.Reserve(mailing) with { Signing = strange }));
        Assert.Equal(EndReason.CannotSign, (await ledger.Facts()).OfType<Ended>().Single().Reason);
        // The same key for another site is another site's.
        var stolen = NewKeys("c1");
        Assert.Null(await ledger.Take(Make.Reserve(Guid.CreateVersion7(), site: "other") with { Signing = stolen }));
        Assert.Equal(EndReason.CannotSign, (await ledger.Facts()).OfType<Ended>().Single().Reason);
    }

    [Fact]
    public async Task A_server_without_the_key_sends_nothing_unsigned_and_another_takes_over()
    {
        await using var ledger = await With(server, engine.Private);
        await using var relay = new ScriptedSmtpServer().Start();
        var keys = NewKeys("c1");
        await Running(ledger, keys, keys, 6);
        var log = new LogOfErrors();
        using (var stop = new CancellationTokenSource())
        {
            var running = Server(ledger, relay, "", log).Run(stop.Token);
            await Until(
                () => ledger.Ask<bool>("SELECT count(*) = 6 FROM recipients WHERE state = 'pending' AND due > moment()"),
                "they are given back");
            await stop.CancelAsync();
            await running;
        }
        Assert.Empty(relay.Messages);
        Assert.Single(log.Lines, l => l.Contains("not encrypted for Engine:Keys"));
        Assert.Equal((short)0, await ledger.Ask<short>("SELECT max(attempts) FROM recipients"));
        await ledger.Move(TimeSpan.FromMinutes(2));
        using var over = new CancellationTokenSource();
        var other = Server(ledger, relay, engine.Private).Run(over.Token);
        await Until(() => Accepted(ledger, 6), "all are sent");
        await over.CancelAsync();
        await other;
        Assert.All(relay.Messages, m => Assert.Equal([true, true], receivers.Verified(m)));
    }

    sealed class LogOfErrors : ILogger<DeliveryServer>
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> text)
        {
            if (level >= LogLevel.Error) Lines.Enqueue(text(state, error));
        }
    }
}
