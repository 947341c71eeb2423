using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Community.Mail.Tests.Server;
using Community.Mailing;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;

namespace Community.Tests.Mailing;

/// <summary>
/// Postfix with OpenDKIM, set up as docs/operating.md says, signs what the product hands over: its lines are taken from there.
/// </summary>
[Trait("needs", "server")]
public sealed partial class OpenDkimTests : IAsyncDisposable
{
    const string Postfix = "/usr/sbin/postfix", OpenDkim = "/usr/sbin/opendkim";
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dkim");
    readonly ScriptedSmtpServer world = new();
    readonly List<Process> started = [];
    TestHost? host;

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        if (started.Count > 1) await Process.Start(Postfix, ["-c", In("etc"), "stop"]).WaitForExitAsync();
        foreach (var process in started.Where(p => !p.HasExited)) process.Kill(entireProcessTree: true);
        foreach (var process in started) process.Dispose();
        await world.DisposeAsync();
        // What a daemon still writes is not worth a failure.
        try { folder.Delete(recursive: true); }
        catch (IOException) { }
    }

    string In(string name) => Path.Combine(folder.FullName, name);

    sealed class Published(RSA key) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken ct) =>
            GetPublicKey($"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}");

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken ct) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, ct));
    }

    [Fact]
    public async Task What_is_set_up_as_the_manual_says_signs_the_way_out_and_is_verified_by_another_library()
    {
        Assert.SkipUnless(File.Exists(Postfix) && File.Exists(OpenDkim), "Postfix or OpenDKIM is not installed");
        Assert.SkipUnless(Environment.UserName == "root", "Postfix is started by root alone");
        world.Start();
        using var key = RSA.Create(2048);
        var relay = Ports.Free();
        await Start(key, relay);
        host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay}?tls=none" });
        var site = await host.NewSite();
        var id = await (await site.SignIn("mailer")).Reserve("News", "Hello");
        await site.Until(id, MailingState.Finished);
        await TestSite.Until(() => Task.FromResult(world.Messages.Count == 2), "Postfix has handed both over");
        foreach (var raw in world.Messages)
        {
            var message = MimeMessage.Load(new MemoryStream(raw));
            var signature = Assert.Single(message.Headers, h => h.Id == HeaderId.DkimSignature);
            Assert.True(new DkimVerifier(new Published(key)).Verify(message, signature), signature.Value);
            var signed = Fields().Match(signature.Value).Groups[1].Value.Split(':').Select(f => f.Trim()).ToList();
            foreach (var field in new[] { "From", "To", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post" })
                Assert.Contains(field, signed);
            // Once more than there are: none can be added.
            Assert.Equal(2, signed.Count(f => f == "From"));
        }
    }

    /// <summary>What the manual puts into a file, without the lines that name places of the machine.</summary>
    static List<string> Manual(string file, params string[] without)
    {
        var manual = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "operating.md"));
        var lines = manual.SkipWhile(l => l != "# " + file).Skip(1).TakeWhile(l => l.Length > 0 && l[0] is not ('#' or '`')).ToList();
        Assert.NotEmpty(lines);
        return [.. lines.Where(l => !without.Contains(l.Split(' ', '=')[0]))];
    }

    async Task Start(RSA key, int port)
    {
        var milter = Ports.Free();
        if (!OperatingSystem.IsWindows()) folder.UnixFileMode = (UnixFileMode)0b111_101_101;
        foreach (var name in new[] { "etc", "queue", "data" }) Directory.CreateDirectory(In(name));
        await File.WriteAllTextAsync(In("key.pem"), key.ExportRSAPrivateKeyPem());
        // The site's sender, whatever its name.
        await File.WriteAllTextAsync(In("signing"), "* community._domainkey.example.test\n");
        await File.WriteAllTextAsync(In("keys"), $"community._domainkey.example.test example.test:community:{In("key.pem")}\n");
        await File.WriteAllLinesAsync(In("dkim.conf"),
        [
            .. Manual("/etc/opendkim.conf", "Socket", "Syslog", "SigningTable", "KeyTable"),
            $"Socket inet:{milter}@127.0.0.1", "Syslog no", $"SigningTable refile:{In("signing")}", $"KeyTable {In("keys")}",
            // The folder of a test belongs to root.
            "RequireSafeKeys no",
        ]);
        await File.WriteAllLinesAsync(Path.Combine(In("etc"), "main.cf"),
        [
            .. Manual("/etc/postfix/main.cf", "smtpd_milters"), $"smtpd_milters = inet:127.0.0.1:{milter}",
            "compatibility_level = 3.6", $"queue_directory = {In("queue")}", $"data_directory = {In("data")}",
            $"maillog_file = {In("log")}", $"maillog_file_prefixes = {folder.FullName}", "myhostname = mx.example.test", "mydestination =",
            "local_recipient_maps =", "alias_maps =", $"relayhost = [127.0.0.1]:{world.Port}", "inet_interfaces = 127.0.0.1",
            "inet_protocols = ipv4", "smtp_host_lookup = native", "smtp_dns_support_level = disabled",
        ]);
        await File.WriteAllLinesAsync(Path.Combine(In("etc"), "master.cf"),
        [
            $"127.0.0.1:{port} inet n - n - - smtpd", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
            "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
            "trace unix - - n - 0 bounce", "smtp unix - - n - - smtp", "relay unix - - n - - smtp", "error unix - - n - - error",
            "retry unix - - n - - error", "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
            "proxymap unix - - n - - proxymap", "tlsmgr unix - - n 1000? 1 tlsmgr", "postlog unix-dgram n - n - 1 postlogd",
        ]);
        await Process.Start("chown", ["postfix", In("data")]).WaitForExitAsync();
        Begin(OpenDkim, "-f", "-x", In("dkim.conf"));
        Begin(Postfix, "-c", In("etc"), "start-fg");
        foreach (var one in new[] { milter, port })
            await TestSite.Until(async () =>
            {
                using var probe = new System.Net.Sockets.TcpClient();
                try
                {
                    await probe.ConnectAsync("127.0.0.1", one);
                    return true;
                }
                catch (System.Net.Sockets.SocketException) { return false; }
            }, $"{(one == milter ? "OpenDKIM" : "Postfix")} listens");
    }

    void Begin(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        started.Add(Process.Start(start)!);
    }

    [GeneratedRegex(@"\bh=([^;]+);", RegexOptions.CultureInvariant)]
    private static partial Regex Fields();
}
