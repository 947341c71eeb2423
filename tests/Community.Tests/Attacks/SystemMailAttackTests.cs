using System.Text;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>Text that tries to become headers, recipients or commands of a mail.</summary>
[Collection("attacks")]
public sealed class SystemMailAttackTests(AttackHost attacks)
{
    static readonly string[] breaks =
    [
        "\r\n",
        "\n",
        "\r",
        "\u2028",
        "\u0085",
        "\v",
        "\f",
        "%0d%0a",
        "\\r\\n",
        "=0D=0A",
        "=?utf-8?Q?=0D=0A?=",
    ];

    [Fact]
    public async Task No_field_of_a_form_becomes_a_header_or_a_recipient()
    {
        var site = await attacks.Another();
        var (nobody, admin) = (await Person.Visitor(site), await AttackHost.SignIn(site, "admin"));
        var i = 0;
        foreach (var line in breaks)
        {
            var extra = line + "Bcc: victim@evil.example" + line + line + "<b>body</b>";
            await Task.WhenAll(
                new (string Name, string Email)[]
                {
                    ("Eve" + extra, $"eve{++i}@example.net"),
                    ("Eve", $"eve{++i}@example.net{extra}"),
                    ("Eve", $"victim@evil.example,eve{++i}@example.net"),
                    ("Eve", $"\"eve{++i}{extra}\"@example.net"),
                    ("Eve", $"Eve <victim@evil.example> eve{++i}@example.net"),
                    ("Eve", $"eve{++i}@example.net> SIZE=1{line}RCPT TO:<victim@evil.example"),
                }.Select(async eve =>
                {
                    await nobody.Post(
                        "/register",
                        [
                            new("_handler", "register"),
                            new("Name", eve.Name),
                            new("Email", eve.Email),
                            new("Password", "seven tall giraffes"),
                        ]
                    );
                    await nobody.Post("/forgotten-password", [new("_handler", "forgotten"), new("Email", eve.Email)]);
                    await admin.Post("/staff/members/new", [new("_handler", "new-member"), new("Name", eve.Name), new("Email", eve.Email)]);
                })
            );
            await admin.Post(
                "/staff/mailings/new",
                [
                    new("_handler", "mailing"),
                    new("Form.Key", Guid.NewGuid().ToString()),
                    new("Form.Rev", "1"),
                    new("Form.Kind", "1"),
                    new("Form.Subject", "News" + extra),
                    new("Form.Text", "Hello"),
                    new("Form.When", "now"),
                    new("Form.Then", "save"),
                ]
            );
        }
        await attacks.RestOf(site);
        Assert.DoesNotContain(attacks.Relay.Commands, c => c.Contains("evil.example", StringComparison.OrdinalIgnoreCase));
        foreach (var raw in attacks.Relay.Messages)
        {
            var head = Encoding.UTF8.GetString(raw).Split("\r\n\r\n")[0];
            Assert.DoesNotContain(head.Split("\r\n"), l => l.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
            Assert.Single(head.Split("\r\n"), l => l.StartsWith("To:"));
        }
        foreach (var address in await site.Db(db => db.Members.Select(m => m.Email!).ToListAsync())) Assert.DoesNotContain("evil", address);
    }
}
