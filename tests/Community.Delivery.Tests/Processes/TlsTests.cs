using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Community.Bulk.Tests.Harness;
using Npgsql;

namespace Community.Bulk.Tests.Processes;

/// <summary>Broker and ledger with TLS alone, users by certificate, and an authority of the test: as in docs/operating.md.</summary>
public sealed class TlsParts : IAsyncLifetime
{
    public TestAuthority Authority { get; } = new();
    public TestAuthority Other { get; } = new();
    public PostgreSqlServer Ledger { get; } = new();
    public RabbitMq Rabbit { get; }

    public TlsParts() => Rabbit = new() { Authority = Authority };

    public async ValueTask InitializeAsync()
    {
        var rabbit = Rabbit.Start();
        Ledger.Make();
        await Admin($"CREATE ROLE engine LOGIN", "CREATE DATABASE engine OWNER engine");
        File.Copy(Authority.Ca, Ledger.Data + "/ca.pem");
        PutCertificate();
        await File.WriteAllTextAsync(Ledger.Data + "/pg_hba.conf", """
            hostnossl all postgres 127.0.0.1/32 trust
            hostssl engine engine 127.0.0.1/32 cert
            """);
        await Admin(
            "ALTER SYSTEM SET ssl = on", "ALTER SYSTEM SET ssl_ca_file = 'ca.pem'", "ALTER SYSTEM SET ssl_cert_file = 'ledger.pem'",
            "ALTER SYSTEM SET ssl_key_file = 'ledger.pem'", "SELECT pg_reload_conf()");
        await rabbit;
    }

    /// <summary>Lays the ledger's certificate where the server reads it: for its user alone.</summary>
    public void PutCertificate()
    {
        File.Copy(Authority.File("ledger"), Ledger.Data + "/ledger.pem", overwrite: true);
        Ledger.Own("ledger.pem");
    }

    public async Task Admin(params string[] statements)
    {
        await using var source = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={Ledger.Port};Username=postgres;Database=postgres;Pooling=false"
        );
        foreach (var sql in statements)
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    public string Connection(string? ca = null, string? own = null) =>
        $"Host=localhost;Port={Ledger.Port};Username=engine;Database=engine;SSL Mode=VerifyFull;Root Certificate={ca ?? Authority.Ca};"
            + $"SSL Certificate={own ?? Authority.File("engine")}";

    public string Broker(string? ca = null, string? own = null) =>
        $"amqps://localhost:{Rabbit.Port}/?cacertfile={ca ?? Authority.Ca}&certfile={own ?? Authority.File("engine")}";

    public ValueTask DisposeAsync()
    {
        Rabbit.Dispose();
        Ledger.Dispose();
        Authority.Dispose();
        Other.Dispose();
        return ValueTask.CompletedTask;
    }
}

[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class TlsTests(TlsParts parts) : IClassFixture<TlsParts>
{
    static async Task<string> RefusalOf(string broker)
    {
        var error = await Assert.ThrowsAsync<IOException>(
            () => (Bulk.Broker.Parse(broker) with { Limit = TimeSpan.FromSeconds(20) }).Connect("test", default));
        return error.Message;
    }

    static async Task<string> LedgerRefusalOf(string connection)
    {
        await using var ledger = EngineLedger.Open(connection);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => ledger.Migrate());
        return error.Reason();
    }

    /// <summary>Shows a certificate to whoever connects, as the broker would, or after a greeting as the ledger would.</summary>
    static async Task<string> RefusalWhenShown(string certificate, bool isLedger, Func<int, Task<string>> connect)
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificate);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        async Task Serve()
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                var stream = client.GetStream();
                try
                {
                    // It may ask for the encryption of Kerberos before.
                    for (var asked = new byte[8]; isLedger && asked[7] != 47;)
                    {
                        await stream.ReadExactlyAsync(asked);
                        await stream.WriteAsync(asked[7] == 47 ? "S"u8.ToArray() : "N"u8.ToArray());
                    }
                    await using var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(pem);
                }
                catch (Exception error) when (error is IOException or AuthenticationException) { }
            }
        }
        _ = Serve().ContinueWith(t => t.Exception, TaskScheduler.Default);
        return await connect(((IPEndPoint)listener.LocalEndpoint).Port);
    }

    [Fact]
    public async Task With_certificates_of_the_authority_no_password_is_needed()
    {
        await using var connection = await Bulk.Broker.Parse(parts.Broker()).Connect("test", default);
        await using var channel = await connection.CreateChannelAsync();
        await EngineQueues.Declare(channel, default);
        await using var ledger = EngineLedger.Open(parts.Connection());
        await ledger.Migrate();
        Assert.True(await ledger.Change(c => c.Value<bool>("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")));
    }

    [Fact]
    public async Task A_broker_or_ledger_of_another_authority_of_another_name_or_expired_is_refused_with_what_to_do()
    {
        var engine = parts.Authority.File("engine");
        foreach (var (certificate, word) in new[]
        {
            (parts.Other.File("broker"), "not signed by " + parts.Authority.Ca),
            (parts.Authority.Make("old", "broker", "localhost", days: -1), "expired on"),
            (parts.Authority.Make("elsewhere", "broker", "broker.example"), "for other names (broker.example)"),
        })
        {
            var broker = await RefusalWhenShown(certificate, false,
                port => RefusalOf($"amqps://localhost:{port}/?cacertfile={parts.Authority.Ca}&certfile={engine}"));
            var ledger = await RefusalWhenShown(certificate, true, port => LedgerRefusalOf(
                $"Host=localhost;Port={port};Username=engine;Database=engine;SSL Mode=VerifyFull;Root Certificate={parts.Authority.Ca}"));
            Assert.Contains(word, broker);
            Assert.Contains("tools/certificates", broker);
            Assert.Contains(word, ledger);
            Assert.Contains("the ledger localhost", ledger);
        }
        // The other way round: the real ones, and an authority that is not theirs.
        Assert.Contains("not signed by", await RefusalOf(parts.Broker(ca: parts.Other.Ca)));
        Assert.Contains("not signed by", await LedgerRefusalOf(parts.Connection(ca: parts.Other.Ca)));
    }

    [Fact]
    public async Task Who_has_no_certificate_another_authority_s_an_expired_one_or_one_of_nobody_is_not_let_in()
    {
        var (foreign, nobody) = (parts.Other.File("engine"), parts.Authority.Make("nobody", "nobody", "localhost"));
        var expired = parts.Authority.Make("late", "engine", "localhost", days: -1);
        Assert.Contains("is our certificate of its authority?", await RefusalOf(parts.Broker(own: foreign)));
        Assert.Contains("is there a user CN=nobody?", await RefusalOf(parts.Broker(own: nobody)));
        Assert.Contains($"our certificate {expired} expired on", await RefusalOf(parts.Broker(own: expired)));
        Assert.Contains("/nowhere.pem", await RefusalOf(parts.Broker(own: "/nowhere.pem")));
        Assert.NotEmpty(await RefusalOf($"amqps://engine:guess@localhost:{parts.Rabbit.Port}/?cacertfile={parts.Authority.Ca}"));

        Assert.NotEmpty(await LedgerRefusalOf(parts.Connection(own: foreign)));
        Assert.Contains("certificate authentication failed for user \"engine\"", await LedgerRefusalOf(parts.Connection(own: nobody)));
        Assert.Contains($"our certificate {expired} expired on", await LedgerRefusalOf(parts.Connection(own: expired)));
        Assert.Contains("certificate", await LedgerRefusalOf(parts.Connection().Split("SSL Certificate")[0]));
    }

    [Fact]
    public async Task Nothing_goes_without_TLS()
    {
        Assert.NotEmpty(await RefusalOf($"amqp://guest:guest@127.0.0.1:{parts.Rabbit.Port}/"));
        Assert.Contains("no encryption", await LedgerRefusalOf(
            $"Host=127.0.0.1;Port={parts.Ledger.Port};Username=engine;Database=engine;SSL Mode=Disable"));
        // To another machine not even where it would be taken.
        foreach (
            var broker in new[] { "amqp://a:b@10.0.0.4/", "amqp://127.0.0.1,10.0.0.4/", "amqps://h/?verify=verify_none", "http://h/", "" }
        )
            Assert.Throws<FormatException>(() => Bulk.Broker.Parse(broker));
        foreach (var mode in new[] { "Disable", "Allow", "Prefer", "Require", "VerifyCA" })
            Assert.Throws<FormatException>(() => EngineLedger.Check($"Host=10.0.0.5;Username=engine;SSL Mode={mode}"));
        EngineLedger.Check("Host=10.0.0.5,10.0.0.6;SSL Mode=VerifyFull");
        EngineLedger.Check("Host=/run/postgresql");
        var relay = new EngineOptions { Database = "Host=/run/postgresql", Roles = "delivery", Relay = "smtp://10.0.0.9?tls=available" };
        Assert.Contains("Engine:Relay", Assert.Throws<FormatException>(relay.Check).Message);
    }

    /// <summary>Where a plain broker listens, TLS gets no answer: the log says so, and nobody tries without.</summary>
    [Fact]
    public async Task Where_no_TLS_is_spoken_it_is_said_and_nothing_else_is_tried()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var served = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadExactlyAsync(new byte[1]);
            await client.GetStream().WriteAsync("AMQP\0\0\x09\x01"u8.ToArray());
        });
        Assert.Contains("its port for TLS", await RefusalOf(
            $"amqps://localhost:{port}/?cacertfile={parts.Authority.Ca}&certfile={parts.Authority.File("engine")}"));
        await served;
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task All_certificates_are_renewed_while_a_mailing_runs_and_nobody_is_lost_or_gets_it_twice()
    {
        await using var run = new EngineRun(await parts.Rabbit.New(), parts.Connection(), parts.Broker());
        run.Start("control", "control");
        run.Start("delivery", "one");
        await run.Offer(250, "acme", "other");
        await run.Go();
        await run.Until(() => run.Sent > 60, "begun");
        var before = X509CertificateLoader.LoadCertificateFromFile(parts.Authority.File("engine")).SerialNumber;
        parts.Authority.RenewAll();
        Assert.NotEqual(before, X509CertificateLoader.LoadCertificateFromFile(parts.Authority.File("engine")).SerialNumber);
        parts.PutCertificate();
        // As in docs/operating.md; then all connections are closed, so that each is made anew with the new ones.
        await parts.Admin("SELECT pg_reload_conf()");
        await parts.Rabbit.Ask("eval", "ssl:clear_pem_cache().");
        await parts.Rabbit.Ask("close_all_connections", "renewed");
        await parts.Admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'engine'");
        // An answer that was on its way when the connection closed may be lost, but never unknown to us: the outcome is written again.
        await run.End(maxAmbiguous: 0);
    }
}
