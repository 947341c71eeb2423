using System.Net;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>The list of addresses that get no mail, as staff keep it.</summary>
[OnBothDatabases]
public sealed class SuppressionTests(TestHost host)
{
    [Fact]
    public async Task Staff_look_an_address_up_add_addresses_take_one_out_with_a_reason_and_the_file_says_the_same_elsewhere()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff/suppressions");
        Assert.NotNull(page.Document.QuerySelector(".empty"));
        // Case, width and whatever stands behind it do not matter; what is no address is said and lost nowhere.
        var added = await admin.Submit(
            page,
            new() { ["Lines"] = "Anna@Example.com\n\"gone@example.org\",hard bounce\nnonsense\nanna@example.com\n" },
            "form:has([name=Lines])");
        // The browser goes where it is said.
        Assert.EndsWith("#add", page.Document.QuerySelector("form:has([name=Lines])")!.GetAttribute("action"));
        Assert.Contains("2 added", added.Document.QuerySelector("section:has(#add)")!.TextContent);
        Assert.Equal("nonsense", added.Document.QuerySelector("textarea[name=Lines]")!.TextContent.Trim());
        Assert.Equal("Anna", added.Document.QuerySelector("tbody th a")!.TextContent);
        Assert.DoesNotContain("gone@example.org", await Rows(site));
        var looked = await admin.Submit("/staff/suppressions", new() { ["Address"] = "GONE@example.org" }, "form:has([name=Address])");
        Assert.Contains("Added by staff", looked.Document.QuerySelector("[aria-labelledby=look] .notice")!.TextContent);
        var free = await admin.Submit("/staff/suppressions", new() { ["Address"] = "ben@example.com" }, "form:has([name=Address])");
        Assert.Contains("not on the list", free.Document.QuerySelector("[aria-labelledby=look] .notice")!.TextContent);
        Assert.False(await May("anna@example.com"));
        // The file names nobody, and says the same when it is read again.
        var file = await admin.Get("/staff/suppressions/file");
        Assert.DoesNotContain("@", file.Text);
        await site.Db(db => db.Suppressions.ExecuteDeleteAsync());
        Assert.Contains(
            "2 added", (await admin.Submit("/staff/suppressions", new() { ["Lines"] = file.Html }, "form:has([name=Lines])")).Text);
        Assert.False(await May("anna@example.com"));
        // Out again only with a reason.
        var form = "[aria-labelledby=look] form[action$='/take-out']";
        looked = await admin.Submit("/staff/suppressions", new() { ["Address"] = "anna@example.com" }, "form:has([name=Address])");
        Assert.Contains("Choose why", (await admin.Submit(looked, new() { ["why"] = "" }, form)).Text);
        await admin.Submit(looked, new() { ["why"] = "works" }, form);
        Assert.True(await May("anna@example.com"));
        Assert.Equal(
            ["members.lift-suppression", "members.suppress"],
            (await site.Db(db => db.Audit.Select(a => a.Action).Distinct().ToListAsync()))
                .Where(a => a is "members.suppress" or "members.lift-suppression").Order());
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.suppressions")));
        Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn("web")).Get("/staff/suppressions")).Status);

        Task<bool> May(string email) => site.Db(db => db.Members.MayReceive(1).AnyAsync(m => m.Email == email));
    }

    [Fact]
    public async Task Files_of_other_systems_are_read_whatever_stands_around_the_address()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        string[] lines =
        [
            "\uFEFF\"E-mail\";\"Reason\"",
            "\"Tanaka, Taro\" <t1@example.org>,hard bounce",
            "Tanaka Taro <t2@example.org>",
            "\"T3@EXAMPLE.org\"\t2026-01-02",
            "2026-01-02T03:04:05Z,bounced,\"550 5.1.1 <other@example.org>: no such user, sorry\",t4@example.org",
            "'t5@example.org'",
            "mailto:t6@example.org",
            "unsubscribed; t7@例え.jp ;2026-01-02",
            "ｔ８＠example.org",
            "\"t9@example.org",
            "t10@example.org,0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "550 5.1.1 <other@example.org> no such user",
        ];
        var added = await admin.Submit("/staff/suppressions", new() { ["Lines"] = string.Join('\n', lines) }, "form:has([name=Lines])");
        Assert.Contains("10 added", added.Text);
        var left = added.Document.QuerySelector("textarea[name=Lines]")!.TextContent.Trim();
        Assert.Equal($"{lines[0].TrimStart('\uFEFF')}\n{lines[^1]}", left.TrimStart('\uFEFF'));
        foreach (var n in Enumerable.Range(1, 10))
        {
            var hash = await site.With<AddressHashes, string>(h => h.Of(n == 7 ? "t7@xn--r8jz45g.jp" : $"t{n}@example.org"));
            Assert.True(await site.Db(db => db.Suppressions.AnyAsync(s => s.AddressHash == hash)), $"t{n}");
        }
    }

    [Theory]
    [InlineData(932, ",", false)]
    [InlineData(65001, ";", true)]
    [InlineData(65001, "\t", false)]
    [InlineData(1200, "\t", true)]
    public async Task A_file_is_read_as_other_systems_write_it(int encoding, string separator, bool withMark)
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        // A reason over two lines, with an address on a line of its own, is one row; a quotation mark alone means nothing.
        string[] rows =
        [
            "メールアドレス|理由|日付",
            "u1@example.org|宛先不明|2026-01-02",
            "u2@example.org|\"550 5.1.1\nother@example.org\n\"\"unknown\"\"\"|2026-01-02",
            "\"u3@example.org\"|なし|",
            "2026-01-02|配信停止|u4@example.org",
            "u5@example.org|5\" の画面|",
            "u6@example.org|表示|",
            "だれでもない|理由|",
        ];
        var text = string.Join("\r\n", rows).Replace("|", separator, StringComparison.Ordinal);
        System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance);
        var code = System.Text.Encoding.GetEncoding(encoding);
        var page = await admin.Get("/staff/suppressions");
        var content = new MultipartFormDataContent();
        foreach (var field in page.Document.QuerySelectorAll("form:has([name=Lines]) input[type=hidden]"))
            content.Add(new StringContent(field.GetAttribute("value") ?? ""), field.GetAttribute("name")!);
        content.Add(new ByteArrayContent([.. withMark ? code.GetPreamble() : [], .. code.GetBytes(text)]), "file", "list.csv");
        var added = await admin.Send(new(HttpMethod.Post, new Uri(page.Url, "/staff/suppressions")) { Content = content });
        Assert.Contains("6 added", added.Text);
        Assert.Equal("だれでもない\t理由", added.Document.QuerySelector("textarea[name=Lines]")!.TextContent.Trim());
        foreach (var n in Enumerable.Range(1, 6)) Assert.True(await IsListed($"u{n}@example.org"), $"u{n}");
        Assert.False(await IsListed("other@example.org"));
        // A line of nothing but addresses names all of them.
        added = await admin.Submit(
            "/staff/suppressions", new() { ["Lines"] = "v1@example.org, v2@example.org" }, "form:has([name=Lines])");
        Assert.Contains("2 added", added.Text);

        async Task<bool> IsListed(string address) =>
            await site.With<AddressHashes, string>(h => h.Of(address)) is var hash
                && await site.Db(db => db.Suppressions.AnyAsync(s => s.AddressHash == hash));
    }

    [Fact]
    public async Task What_stops_an_address_stops_each_class_of_mail_at_the_place_where_it_leaves()
    {
        var site = await host.NewSite();
        foreach (var (reason, until, direct, notice, account) in new[]
        {
            (SuppressionReason.Bounce, (TimeSpan?)null, false, false, false),
            (SuppressionReason.Bounce, TimeSpan.FromDays(7), false, false, true),
            (SuppressionReason.Bounce, TimeSpan.FromDays(-1), true, true, true),
            (SuppressionReason.Complaint, null, false, true, true),
            (SuppressionReason.Staff, null, false, true, true),
        })
        {
            var hash = await site.With<AddressHashes, string>(h => h.Of("anna@example.com"));
            await site.Db(async db =>
            {
                await db.Suppressions.ExecuteDeleteAsync();
                db.Suppressions.Add(new() { AddressHash = hash, Reason = reason, At = db.Now.AddDays(-8), Until = db.Now + until });
                return await db.SaveChangesAsync();
            });
            Assert.Equal(direct, await site.Db(db => db.Members.MayReceive(1).AnyAsync(m => m.Email == "anna@example.com")));
            // Digests and notices of replies.
            Assert.Equal(notice, !await Dead(SystemMailPrecedence.Notice));
            // Passwords, confirmations.
            Assert.Equal(account, !await Dead(SystemMailPrecedence.Urgent));
            Assert.Equal(account, !await Dead(SystemMailPrecedence.Awaited));
        }
        // Nobody is invited to a site of which they want no mail.
        await (await site.SignIn("admin")).Submit(
            "/staff/suppressions", new() { ["Lines"] = "stopped@example.org" }, "form:has([name=Lines])");
        await (await site.SignIn("admin")).Submit(
            "/staff/invitations",
            new() { ["ListLabel"] = "Friends", ["List"] = "stopped@example.org\nfriend@example.org", ["ListDays"] = "30" },
            "form:has([name=List])");
        Assert.Equal(
            [EmailAddress.Parse("friend@example.org").Normal], await site.Db(db => db.Invitations.Select(i => i.Email!).ToListAsync()));

        Task<bool> Dead(SystemMailPrecedence precedence) =>
            site.With<DeadAddress, bool>(dead => dead("anna@example.com", precedence, default));
    }

    [Fact]
    public async Task A_suppression_belongs_to_the_address_a_new_one_starts_clean_and_the_old_ones_reason_stays()
    {
        var site = await host.NewSite();
        await site.With<Suppress, bool>(async s => { await s.Address("anna@example.com", SuppressionReason.Complaint); return true; });
        Assert.False(await May());
        await Move("anna@example.net");
        Assert.True(await May());
        await Move("anna@example.com");
        Assert.False(await May());
        Assert.Equal(SuppressionReason.Complaint, await site.Db(db => db.Suppressions.Select(s => s.Reason).SingleAsync()));

        Task<bool> May() => site.Db(db => db.Members.MayReceive(1).AnyAsync(m => m.Name == "Anna"));

        async Task Move(string to)
        {
            var hash = await site.With<AddressHashes, string>(h => h.Of(to));
            await site.Db(async db =>
            {
                var member = await db.Members.SingleAsync(m => m.Name == "Anna");
                member.ChangeEmail(EmailAddress.Parse(to));
                member.AddressHash = hash;
                return await db.SaveChangesAsync();
            });
        }
    }

    static Task<string> Rows(TestSite site) =>
        site.Db(async db => string.Join(' ', await db.Suppressions.Select(s => s.AddressHash).ToListAsync()));
}
