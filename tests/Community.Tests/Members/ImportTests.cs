using System.Text;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SpreadCheetah;

namespace Community.Tests.Members;

/// <summary>Members from a file: checked, imported, undone.</summary>
[OnBothDatabases]
public sealed class ImportTests(TestHost host)
{
    async Task<(TestSite Site, Visitor Admin)> Begin()
    {
        var site = await host.NewSite();
        await Imports.Attributes(site);
        return (site, await site.SignIn("admin"));
    }

    [Fact]
    public async Task A_file_is_checked_imported_and_undone_and_each_bad_row_says_why()
    {
        var (site, admin) = await Begin();
        var text = "メールアドレス,氏名,電話番号,都道府県,会員番号,誕生日\r\n"
            + "hana@example.com,髙橋花,9012345678,東京,00123,1990/2/28\r\n"
            + " Taro@Example.com ,﨑山,０３－１２３４－５６７８,大阪府,00124,6月1日\r\n"
            + "ｈａｎａ@example.com,別の人,,,,\r\n"
            + "anna@example.com,Anna B,,北海道,,\r\n"
            + "not an address,X,,,,\r\n"
            + "ume@example.com,梅,12,アトランティス,,\r\n"
            + "momo@example.com,桃,,,00123,\r\n"
            + "staff@example.com,管理者,,,,\r\n"
            + "ben@example.com,Ben,,,,\r\n";
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        byte[] broken = [.. Encoding.GetEncoding(932).GetBytes(text), .. "kaki@example.com,"u8, 0x81, 0x20, .. ",,,,\r\n"u8];
        var page = await Imports.Upload(admin, broken);
        Assert.Equal(
            ["email", "name", "attribute:telephone", "attribute:prefecture", "attribute:number", "attribute:birthday"],
            Enumerable.Range(0, 6).Select(i => page.Document.QuerySelector($"[name=c{i}] option[selected]")!.GetAttribute("value"))
        );
        Assert.Equal("shift_jis", page.Document.QuerySelector("[name=encoding] option[selected]")!.GetAttribute("value"));
        var id = Imports.IdOf(page);
        var members = await site.Db(db => db.Members.CountAsync());
        var check = await Imports.Check(admin, page, new() { ["confirmed"] = "yes" });
        Assert.Equal((2, 1, 1, 6), Imports.Numbers(check));
        Assert.Equal(members, await site.Db(db => db.Members.CountAsync()));
        var problems = await Imports.Problems(admin, id);
        foreach (var line in new[] { "4", "6", "7", "8", "9", "11" }) Assert.Contains($"\r\n\"{line}\",", problems);
        Assert.Contains("line 2", problems);
        Assert.Contains("アトランティス", problems);

        var done = await Imports.Run(admin, id);
        Assert.Equal(Imports.Numbers(check), Imports.Numbers(done));
        Assert.Equal(10, done.Total);
        var hana = (await Imports.Member(site, "hana@example.com"))!;
        Assert.Equal(("髙橋花", MemberState.Active), (hana.Name, hana.State));
        Assert.Equal(await site.With((AddressHashes h) => h.Of("hana@example.com")), hana.AddressHash);
        var values = await Imports.Values(site, "hana@example.com");
        Assert.Equal(("+819012345678", "東京都", "00123", "1990-02-28"),
            (values["telephone"], Ja(values["prefecture"]), values["number"], values["birthday"]));
        Assert.Equal("--06-01", (await Imports.Values(site, "taro@example.com"))["birthday"]);
        // By default nothing is replaced.
        Assert.Equal("Anna", (await Imports.Member(site, "anna@example.com"))!.Name);
        Assert.Equal(["prefecture"], (await Imports.Values(site, "anna@example.com")).Keys);
        // The file is gone, nothing was sent, and the import is one act.
        await TestSite.Until(async () => (await Imports.Of(site, id)).File is null, "the file is forgotten");
        await site.Rests();
        Assert.Equal(0, await site.Db(db => db.Work.CountAsync(w => w.Attempts > 0)));
        Assert.Equal(0, await site.Db(db => db.Files.CountAsync(f => f.Purpose == FilePurpose.Import)));
        Assert.Equal(0, await site.Db(db => db.SystemMails.CountAsync()));
        Assert.Equal(3, await site.Db(db => db.Audit.Where(a => a.Action == "members.import-done").Select(a => a.Count).SingleAsync()));
        Assert.Equal(1, await site.Db(db => db.Events.CountAsync(e => e.Type == "members.imported")));
        Assert.Equal(0, await site.Db(db => db.Events.CountAsync(e => e.Type == "members.registered")));
        // The same mapping is proposed for the next file with such headings.
        var next = await Imports.Upload(admin, "メールアドレス,氏名,電話番号,都道府県,会員番号,誕生日\nx@example.com,X,,,,\n");
        Assert.Equal("attribute:number", next.Document.QuerySelector("[name=c4] option[selected]")!.GetAttribute("value"));

        await Imports.Press(admin, id, "undo");
        var undone = await Imports.Until(site, id, ImportState.Undone);
        Assert.Equal((3, 0), (undone.Undone, undone.Left));
        Assert.Null(await Imports.Member(site, "hana@example.com"));
        Assert.Empty(await Imports.Values(site, "anna@example.com"));
        Assert.Equal(members, await site.Db(db => db.Members.CountAsync()));

        static string Ja(string plain) => plain is "Tokyo" or "東京都" ? "東京都" : plain;
    }

    [Fact]
    public async Task What_columns_mean_is_remembered_for_each_kind_of_file()
    {
        var (site, admin) = await Begin();
        await Keep("email,name,番号,備考", ("c2", "attribute:number"), ("key", "attribute:number"), ("c3", ""));
        await Keep("email,氏名,番号,住所,勤務先", ("c2", "attribute:telephone"), ("c3", "attribute:remark"));
        // Each again: in another order, in full width, with blank columns behind.
        Assert.Equal(["", "attribute:number", "email", "name"], await Proposed("備考,番　号,ＥＭＡＩＬ,Name,,"));
        Assert.Equal("attribute:number", await Key("備考,番号,email,name"));
        Assert.Equal(["attribute:telephone", "attribute:remark", "", "email", "name"], await Proposed("番号,住所,勤務先,email,氏名"));
        Assert.Equal("email", await Key("番号,住所,勤務先,email,氏名"));
        // With a column more it is still like the first; of another that has little in common, a heading that says nothing by itself.
        Assert.Equal(["email", "name", "attribute:number", "", ""], await Proposed("email,name,番号,備考,性別"));
        Assert.Equal(["attribute:remark", "", "", ""], await Proposed("住所,a,b,c"));
        Assert.Equal(["attribute:remark", "", "", ""], await Proposed("備考,a,b,c"));

        // The same heading over two columns, one without, one of a space: told apart by their numbers, and remembered so.
        string[] twins = ["email", "name", "attribute:telephone", "attribute:remark", "attribute:postal", ""];
        await Keep("email,name,TEL,ｔｅｌ, 　,other", [.. twins.Select((t, i) => ($"c{i}", t))]);
        Assert.Equal(["name", "email", .. twins[2..]], await Proposed("name,email,tel,Tel,,other"));
        var page = await Imports.Upload(admin, "email,name,TEL,tel,,other\nnew@example.com,New,12,x,1,\n");
        Assert.Contains("The heading TEL stands above several columns: 3, 4.", page.Text);
        Assert.Contains("Column 5", page.Text);
        var check = await Imports.Check(admin, page);
        Assert.Contains("\"TEL (column 3)\",\"12\"", await Imports.Problems(admin, check.Id));
        Assert.Contains("\"Column 5\",\"1\"", await Imports.Problems(admin, check.Id));

        async Task<Page> Keep(string headings, params (string, string)[] fields)
        {
            var upload = await Imports.Upload(admin, headings + "\na@example.com\n");
            var chosen = fields.ToDictionary(f => f.Item1, f => f.Item2);
            return await admin.Submit(upload, new(chosen) { ["do"] = "save" }, "form:has([name=key])");
        }

        async Task<IEnumerable<string>> Proposed(string headings)
        {
            var upload = await Imports.Upload(admin, headings + "\na@example.com\n");
            return upload.Document.QuerySelectorAll("select[name^=c]").Where(s => char.IsAsciiDigit(s.GetAttribute("name")![1]))
                .Select(s => s.QuerySelector("option[selected]")?.GetAttribute("value") ?? "");
        }

        async Task<string?> Key(string headings) =>
            (await Imports.Upload(admin, headings + "\na@example.com\n")).Document.QuerySelector("[name=key] option[selected]")
                !.GetAttribute("value");
    }

    [Fact]
    public async Task Undoing_leaves_what_somebody_changed_since_and_lists_it()
    {
        var (site, admin) = await Begin();
        await SetRemark(site, "carla@example.com", "first");
        await SetRemark(site, "ben@example.com", "first");
        var page = await Imports.Upload(admin,
            "email,name,Remark,Balance\nnew1@example.com,One,a,-5\nnew2@example.com,Two,b,1\ncarla@example.com,Carla,second,7\n"
                + "ben@example.com,Ben,,\nanna@example.com,Anna,second,\n");
        var check = await Imports.Check(admin, page, new() { ["mode"] = "ReplaceAndDelete" });
        Assert.Equal((2, 3, 0, 0), Imports.Numbers(check));
        // Carla's remark is replaced and Ben's deleted; both are said before it runs.
        Assert.Equal(2, check.Replaced);
        Assert.Contains("2 values would be replaced", (await admin.Get(check.Url)).Text);
        await Imports.Run(admin, check.Id);
        Assert.Empty(await Imports.Values(site, "ben@example.com"));
        // Somebody edits one of each.
        await SetRemark(site, "carla@example.com", "third");
        await SetRemark(site, "new2@example.com", "third");
        await Imports.Press(admin, check.Id, "undo");
        var undone = await Imports.Until(site, check.Id, ImportState.Undone);
        Assert.Equal((3, 2), (undone.Undone, undone.Left));
        Assert.Null(await Imports.Member(site, "new1@example.com"));
        Assert.NotNull(await Imports.Member(site, "new2@example.com"));
        Assert.Equal("first", (await Imports.Values(site, "ben@example.com"))["remark"]);
        // Her remark stays as edited, the balance is taken back.
        Assert.Equal([("remark", "third")], (await Imports.Values(site, "carla@example.com")).Select(v => (v.Key, v.Value)));
        Assert.Empty(await Imports.Values(site, "anna@example.com"));
        var shown = (await admin.Get(undone.Url)).Document.QuerySelectorAll(".member-list .member").Select(m => m.TextContent);
        Assert.Equal(["Carla", "Two"], shown.Order());
    }

    static Task<int> SetRemark(TestSite site, string email, string text) => site.Db(async db =>
    {
        var attribute = (await db.Attributes()).OfKey("remark")!;
        var member = (await db.Members.OfAddress(email, default))!;
        await db.SetValue(member.Id, attribute, new() { Type = AttributeType.Text, Text = text }, default);
        return await db.SaveChangesAsync();
    });

    [Fact]
    public async Task Consent_comes_with_its_proof_alone_and_never_over_a_later_withdrawal()
    {
        var (site, admin) = await Begin();
        var (ben, carla) = ((await Imports.Member(site, "ben@example.com"))!.Id, (await Imports.Member(site, "carla@example.com"))!.Id);
        var news = await site.Db(db => db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync());
        await site.With((Consents c) => Done(c.Withdraw(ben, news, ConsentSource.Profile, "")));
        await site.With((Suppress s) => Done(s.Address("new3@example.com", SuppressionReason.Complaint)));
        // A file without a column of consents changes none.
        var first = await Imports.Upload(admin, "email,name,Prefecture\nben@example.com,Ben,Tokyo\n");
        await Imports.Run(admin, (await Imports.Check(admin, first)).Id);
        Assert.False(await Agrees(ben));

        var page = await Imports.Upload(admin,
            "email,name,News\nben@example.com,Ben,はい\ncarla@example.com,Carla,○\nnew1@example.com,One,×\nnew2@example.com,Two,不明\n"
                + "new3@example.com,Three,Y\nnew4@example.com,Four,\n");
        // The texts are shown with what they most likely mean; one of them is asked about, and the proof is.
        var asked = await admin.Submit(page, new() { ["do"] = "check" }, "form:has([name=key])");
        Assert.Null(asked.Document.QuerySelector("progress"));
        Assert.Equal(5, asked.Document.QuerySelectorAll("select[name^='m2.']").Length);
        Assert.Single(
            asked.Document.QuerySelectorAll("select[name^='m2.']"),
            s => s.QuerySelector("option[selected]")!.GetAttribute("value") == ""
        );
        asked = await admin.Submit(asked, new() { ["do"] = "check" }, "form:has([name=key])");
        Assert.Contains("on which day", asked.Text);
        var proof = new Dictionary<string, string>
        {
            ["do"] = "check",
            ["proofDate"] = "2020-04-01",
            ["proofSource"] = "Paper form",
            ["proofText"] = "I want news.",
        };
        await admin.Submit(asked, proof, "form:has([name=key])");
        var check = await Imports.Until(site, Imports.IdOf(page), ImportState.Checked);
        Assert.Equal((3, 1, 1, 1), Imports.Numbers(check));
        await Imports.Run(admin, check.Id);
        Assert.False(await Agrees(ben));
        Assert.True(await Agrees(carla));
        var log = await site.Db(db =>
            db.ConsentEvents.Include(c => c.Proof).SingleAsync(c => c.MemberId == carla && c.Source == ConsentSource.Import)
        );
        Assert.Equal(new DateOnly(2020, 4, 1), DateOnly.FromDateTime(site.Site.ToLocal(log.At)));
        Assert.Contains("I want news.", log.Text);
        Assert.Equal(new DateOnly(2020, 4, 1), log.Proof!.SignedOn);
        Assert.Contains("Paper form", log.Proof.Place);
        // A suppressed address stays so.
        var three = (await Imports.Member(site, "new3@example.com"))!;
        Assert.True(await Agrees(three.Id));
        Assert.False(await site.Db(db => db.Members.MayReceive(news).AnyAsync(m => m.Id == three.Id)));
        Assert.Contains("withdrew later", await Imports.Problems(admin, check.Id));

        Task<bool> Agrees(long member) =>
            site.Db(db => db.ConsentStates.AnyAsync(c => c.MemberId == member && c.KindId == news && c.Granted));
        static async Task<int> Done(Task work)
        {
            await work;
            return 0;
        }
    }

    [Fact]
    public async Task Hashes_sign_in_an_unknown_one_is_a_bad_row_and_nobody_with_a_password_gets_another()
    {
        var (site, admin) = await Begin();
        var hashes = ForeignHashTests.Hashes.Select(h => (string)h.Data).ToList();
        var before = (await Imports.Member(site, "anna@example.com"))!.PasswordHash;
        // Who moderates a single board is staff, too.
        var carla = (await Imports.Member(site, "carla@example.com"))!.Id;
        await site.Db(async db =>
        {
            await db.Members.Where(m => m.Id == carla).ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, (string?)null));
            db.MemberPermissions.Add(new() { MemberId = carla, Permission = "boards.moderate", ThingId = 1 });
            return await db.SaveChangesAsync();
        });
        var text = "email,name,password hash\n" + string.Concat(hashes.Select((h, i) => $"h{i}@example.com,H {i},\"{h}\"\n"))
            + "bad@example.com,Bad,$9z$10$abc\n"
            + string.Concat(new[] { "anna@example.com,Anna", "admin@example.com,Admin", "carla@example.com,Other" }
                .Select(m => $"{m},{hashes[0]}\n"));
        var page = await Imports.Upload(admin, text);
        var check = await Imports.Check(admin, page, new() { ["confirmed"] = "yes", ["mode"] = "Replace" });
        Assert.Equal((hashes.Count, 0, 3, 1), Imports.Numbers(check));
        await Imports.Run(admin, check.Id);
        Assert.DoesNotContain("$9z$", await Imports.Problems(admin, check.Id));
        Assert.Equal(before, (await Imports.Member(site, "anna@example.com"))!.PasswordHash);
        Assert.Null((await Imports.Member(site, "carla@example.com"))!.PasswordHash);
        var inside = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "h1@example.com", ["Password"] = TestSite.Password });
        Assert.NotNull(inside.Document.QuerySelector(".account-menu"));
        Assert.False(ForeignHash.IsForeign((await Imports.Member(site, "h1@example.com"))!.PasswordHash!));
    }

    [Fact]
    public async Task Invitations_are_sent_only_if_asked_and_at_the_rate_of_the_installation()
    {
        await using var own = await TestHost.Start(new() { ["Community:MailingsPerHour"] = "180" });
        var site = await own.NewSite();
        var admin = await site.SignIn("admin");
        var page = await Imports.Upload(
            admin,
            "email,name\n" + string.Concat(Enumerable.Range(1, 5).Select(i => $"i{i}@example.com,I {i}\n"))
        );
        var check = await Imports.Check(admin, page, new() { ["invites"] = "yes" });
        Assert.Equal(5, check.Invitations);
        Assert.Contains("5 invitations would be sent", (await admin.Get(check.Url)).Text);
        await Imports.Run(admin, check.Id);
        await TestSite.Until(async () => await Sent() == 3, "the first three are sent");
        await site.Rests();
        Assert.Equal(3, await Sent());
        // One of the others asked meanwhile to be forgotten.
        await site.Db(async db =>
        {
            (await db.Members.SingleAsync(m => m.Email == "i5@example.com")).Leave(db.Now, db.Now.AddDays(30));
            return await db.SaveChangesAsync();
        });
        own.Clock.Advance(TimeSpan.FromMinutes(1.1));
        await TestSite.Until(async () => await Sent() == 4, "the others follow");
        await site.Rests();
        Assert.Equal(0, await site.Db(db => db.SystemMails.CountAsync(m => m.Kind == "members.invite" && m.To == "i5@example.com")));
        // They wait to be confirmed for as long as they like.
        own.Clock.Advance(TimeSpan.FromDays(40));
        await site.With<IServiceProvider, int>(async s =>
        {
            await ActivatorUtilities.CreateInstance<ForgetUnconfirmed>(s).Handle(new Tick(), default);
            return 0;
        });
        Assert.Equal(MemberState.Unconfirmed, (await Imports.Member(site, "i1@example.com"))!.State);

        Task<int> Sent() => site.Db(db => db.SystemMails.CountAsync(m => m.Kind == "members.invite"));
    }

    [Fact]
    public async Task Who_discarded_an_import_is_on_record()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await Imports.Upload(admin, "email,name\ni1@example.com,I 1\n");
        await admin.Submit(page, [], "form[action$='/discard']");
        Assert.Equal(0, await site.Db(db => db.MemberImports.CountAsync()));
        var did = await site.Db(db => db.Audit.OrderByDescending(a => a.Id).FirstAsync(a => a.Action == "members.import-discarded"));
        Assert.Equal("import " + Imports.IdOf(page), did.Purpose);
        Assert.Contains("discarded an import", (await admin.Get("/staff/audit")).Text);
    }

    /// <summary>An import is no registration: nobody is welcomed, asked to confirm or told of a sign-in who has done nothing.</summary>
    [Fact]
    public async Task An_import_sends_nothing_unless_asked_and_a_check_says_how_many_it_would()
    {
        var (site, admin) = await Begin();
        await admin.Submit(
            "/staff/settings/registration",
            new()
            {
                ["welcomeSubject.en"] = "Hello",
                ["welcomeMail.en"] = "Welcome.",
                ["welcomeMail.ja"] = "ようこそ。",
                ["firstSteps.en"] = "Begin.",
            }
        );
        var file = new StringBuilder("email,name,Prefecture,consent,date,source,text\n");
        for (var i = 0; i < 30; i++)
            file.Append($"new{i}@example.com,New {i},東京,yes,2020-04-01,Counter,I would like mail\n");
        foreach (var known in new[] { "anna", "ben", "carla" })
            file.Append($"{known}@example.com,X,大阪,yes,2020-04-01,Counter,I would like mail\n");
        var page = await Imports.Upload(admin, file.ToString());
        var check = await Imports.Check(admin, page, new()
        {
            ["confirmed"] = "yes",
            ["c3"] = "consent:news",
            ["c4"] = "consent-date",
            ["c5"] = "consent-source",
            ["c6"] = "consent-text",
        });
        Assert.Equal((30, 3, 0, 0), Imports.Numbers(check));
        Assert.Contains("0 invitations would be sent", (await admin.Get(MemberImport.UrlOf(check.Id))).Text);
        Assert.Equal(Imports.Numbers(check), Imports.Numbers(await Imports.Run(admin, check.Id)));
        await site.Rests();
        Assert.Equal(0, await site.Db(db => db.SystemMails.CountAsync()));
    }

    [Fact]
    public async Task Members_are_recognised_by_their_number_and_a_lost_zero_is_reported()
    {
        var (site, admin) = await Begin();
        var first = await Imports.Upload(admin, "email,name,Member number\nnum@example.com,Num,00123\n");
        await Imports.Run(admin, (await Imports.Check(admin, first)).Id);
        var page = await Imports.Upload(admin, "会員番号,備考,メールアドレス,郵便番号\n００１２３,found,other@example.com,0600001\n99,nobody,,\n");
        var check = await Imports.Check(admin, page, new() { ["key"] = "attribute:number" });
        Assert.Equal((0, 1, 0, 1), Imports.Numbers(check));
        await Imports.Run(admin, check.Id);
        Assert.Equal("found", (await Imports.Values(site, "num@example.com"))["remark"]);
        Assert.Null(await Imports.Member(site, "other@example.com"));
        Assert.Contains("address is not changed", await Imports.Problems(admin, check.Id));
    }

    [Fact]
    public async Task What_a_spreadsheet_or_a_stray_quotation_mark_has_spoilt_is_a_bad_row_with_its_reason()
    {
        var (site, admin) = await Begin();
        var text = "email,name,Telephone,Postal code,Member number\n"
            + "s1@example.com,One,4.41E+11,,\ns2@example.com,Two,,600001,\ns3@example.com,Three,,,1.2E+15\n"
            + "s4@example.com,Fo\0ur,,,\ns5@example.com,Five, Inc.,,,9\ns6@example.com,5\" Six,,,\ns7@example.com,7\" Seven,,,\n"
            + "s8@example.com,Eight,09012345678,0600001,00042,,\n" + string.Concat(Enumerable.Repeat(",,,,\n", 3));
        // Longer than what is looked at first, since a NUL there tells that it is no text.
        text = text.Replace("Fo\0ur", "Fo\u0001ur");
        var check = await Imports.Check(admin, await Imports.Upload(admin, text));
        Assert.Equal((1, 0, 0, 6), Imports.Numbers(check));
        var lines = (await Imports.Problems(admin, check.Id)).Split("\r\n");
        void Tells(int line, string reason) => Assert.Contains(lines, l => l.StartsWith($"\"{line}\"") && l.Contains(reason));
        Tells(2, "shortened the number");
        Tells(3, "zero at its beginning");
        Tells(4, "shortened the number");
        Tells(5, "letters cannot be read");
        Tells(6, "more than 5 cells");
        Tells(7, "down to 8 are one row");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_refused_with_the_reason_and_nothing_of_it_stays()
    {
        var (site, admin) = await Begin();
        static string Columns(int count) => string.Join(',', Enumerable.Range(1, count).Select(n => "c" + n)) + "\n";
        foreach (var (text, reason) in new[]
        {
            ("%PDF-1.7\0\0 a,b\n", "neither CSV nor XLSX"),
            ("email,\"na\"me\na@example.com,b\n", "first row (line 1)"),
            (Columns(101), "more than 100 columns"),
            (Columns(10_000), "more than 100 columns"),
            ("", "The file is empty"),
            ("\n\r\n  \n,,,\n", "The file has no rows"),
        })
        {
            var page = await Imports.Upload(admin, text);
            Assert.True(page.Text.Contains(reason), $"{reason}: {page.Text}");
            Assert.Equal("/staff/members/import", page.Url.AbsolutePath);
        }
        Assert.Equal(0, await site.Db(db => db.MemberImports.CountAsync()));
        Assert.Equal(0, await site.Db(db => db.Files.CountAsync(f => f.Purpose == FilePurpose.Import)));
    }

    [Fact]
    public async Task An_import_of_thousands_is_stopped_goes_on_and_adds_up_to_the_file()
    {
        var (site, admin) = await Begin();
        const int Rows = 3_200;
        var text = new StringBuilder("email,name,Member number\n");
        for (var i = 1; i <= Rows; i++)
            text.Append(i % 40 == 0 ? $"row{i - 1}@example.com,Again,\n" : $"row{i}@example.com,Row {i},N{i}\n");
        var page = await Imports.Upload(admin, text.ToString());
        var check = await Imports.Check(admin, page);
        Assert.Equal((Rows - Rows / 40, 0, 0, Rows / 40), Imports.Numbers(check));
        // Step by step by hand: stopped after the first.
        await site.With(
            (ImportMembers i) =>
                i.Run(
                    Reader.Visitor with
                    {
                        Id = site.Db(db => db.Members.Where(m => m.Email == "admin@example.com").Select(m => m.Id).SingleAsync()).Result,
                    },
                    check.Id,
                    default
                )
        );
        await TestSite.Until(
            () => site.Db(db => db.MemberImports.AnyAsync(i => i.Id == check.Id && i.ReadUpTo >= 500)),
            "it has begun"
        );
        await Imports.Press(admin, check.Id, "stop");
        var stopped = await Imports.Of(site, check.Id);
        if (stopped.State is ImportState.Stopped)
        {
            Assert.Equal(stopped.ReadUpTo, stopped.Created + stopped.Bad);
            await Imports.Press(admin, check.Id, "resume");
        }
        var done = await Imports.Until(site, check.Id, ImportState.Done);
        Assert.Equal(Imports.Numbers(check), Imports.Numbers(done));
        Assert.Equal(Rows - Rows / 40, await site.Db(db => db.Members.CountAsync(m => m.Email!.StartsWith("row"))));
    }

    [Fact]
    public async Task Erasing_a_member_deletes_the_waiting_files_that_hold_them_and_no_other()
    {
        var (site, admin) = await Begin();
        await Imports.Run(admin, (await Imports.Check(admin, await Imports.Upload(
            admin, "email,name,Member number\ngone@example.com,Gone Person,K-77\n"))).Id);
        string[] holding =
        [
            "who,Contact\nX,Gone <GONE@example.com>\n",
            "who,Contact\nX,ｇｏｎｅ@example.com\n",
            "name,since\nA,1\nGONE PERSON,2\n",
            "Member number,note\nK-77,x\n",
            "name,note\nA,\"never closed\nB,gone@example.com\n",
            // Without headings, the first row is taken for them.
            "gone@example.com,x\nother@example.com,y\n",
        ];
        string[] others = ["email,name\nother@example.com,Other Person\n", "email,note\nbegone@example.org,K-777\n"];
        var with = new List<long>();
        foreach (var text in holding) with.Add(Imports.IdOf(await Imports.Upload(admin, text)));
        with.Add(Imports.IdOf(await Imports.Upload(admin, await TwoSheets("gone@example.com"), "two.xlsx")));
        var without = new List<Page>();
        foreach (var text in others) without.Add(await Imports.Upload(admin, text));
        without.Add(await Imports.Upload(admin, await TwoSheets("other2@example.com"), "other.xlsx"));
        // A list of bad rows that was made before she was a member tells of her, too.
        var bad = await Imports.Check(admin, await Imports.Upload(
            admin, "email,name,Telephone\nother3@example.com,Gone Person,12\nother4@example.com,Other,12\n"));
        Assert.Equal(2, await site.Db(db => db.ImportProblems.CountAsync(p => p.ImportId == bad.Id)));
        with.Add(bad.Id);
        var gone = (await Imports.Member(site, "gone@example.com"))!.Id;
        Assert.Null(await site.With((EraseMember e) => e.Erase(gone)));
        foreach (var id in with)
        {
            var import = await Imports.Of(site, id);
            Assert.Equal((null, "import.stopped.erased"), (import.File, import.StopText));
            Assert.DoesNotContain("gone@", import.MappingJson);
        }
        Assert.Equal(1, await site.Db(db => db.ImportProblems.CountAsync(p => p.ImportId == bad.Id)));
        Assert.Contains("has been erased", (await admin.Get("/staff/members/import/" + with[0])).Text);
        foreach (var page in without) Assert.NotNull((await Imports.Of(site, Imports.IdOf(page))).File);
        var done = await Imports.Run(admin, (await Imports.Check(admin, without[0])).Id);
        Assert.Equal((1, 0, 0, 0), Imports.Numbers(done));

        static async Task<byte[]> TwoSheets(string email)
        {
            using var file = new MemoryStream();
            await using (var sheet = await Spreadsheet.CreateNewAsync(file))
            {
                foreach (var (name, cell) in new[] { ("First", "nobody@example.com"), ("Second", email) })
                {
                    await sheet.StartWorksheetAsync(name);
                    await sheet.AddRowAsync([new DataCell("email")]);
                    await sheet.AddRowAsync([new DataCell(cell)]);
                }
                await sheet.FinishAsync();
            }
            return file.ToArray();
        }
    }

    [Fact]
    public async Task Only_those_who_may_import_or_export()
    {
        var (site, _) = await Begin();
        foreach (var who in new[] { "mod", "mailer", "web", "anna" })
        {
            var person = await site.SignIn(who);
            foreach (var address in new[] { "/staff/members/import", "/staff/members/import/1", "/staff/members/export" })
                Assert.NotEqual(System.Net.HttpStatusCode.OK, (await person.Get(address)).Status);
        }
    }
}
